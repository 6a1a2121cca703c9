# Sourced by ./demi and ./dev: sets JAVA_HOME to a JDK of at least version 25, or ends with one sentence.
# Looks at JAVA_HOME, at the java on PATH, and where Linux packages, macOS and SDKMAN put JDKs.

# A JDK's own release file tells its version without starting it: JAVA_VERSION="25.0.1".
jdk_version() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  [ -n "$version" ] && [ "$version" -ge 25 ]
}

jdk_of_path() {
  java=$(command -v java) || return 1
  while [ -L "$java" ]; do
    link=$(readlink "$java")
    case $link in
      /*) java=$link ;;
      *) java=$(dirname "$java")/$link ;;
    esac
  done
  cd "$(dirname "$java")/.." && pwd -P
}

find_jdk() {
  if [ -n "${JAVA_HOME:-}" ] && jdk_version "$JAVA_HOME"; then
    return
  fi
  home=$(jdk_of_path) && jdk_version "$home" && JAVA_HOME=$home && return
  for home in \
    /usr/lib/jvm/*25* /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if jdk_version "$home"; then
      JAVA_HOME=$home
      return
    fi
  done
  echo "${0##*/}: needs a JDK 25 or newer, and found none by JAVA_HOME, PATH or in the usual places: install one (for example temurin-25-jdk or openjdk-25-jdk) or set JAVA_HOME." >&2
  exit 69
}

find_jdk
export JAVA_HOME
