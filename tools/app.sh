# Sourced by ./demi and ./dev with $top set: builds the application into build/demi.
#
# build/demi/lib      the jars of Demitasse and of what it uses
# build/demi/demi.aot classes and profiles of a training run, which the JVM maps instead of loading (JEP 514, 515)
# build/demi/stamp    touched last: sources newer than it are a reason to build again
# build/demi/java     the java that the application was trained with, a link: that of build/runtime, else the JDK's
# build/runtime       the part of the JDK that the application needs (jlink); made again when the JDK changes

app=$top/build/demi
runtime=$top/build/runtime

# True when the application is missing, or a source, resource, folder or POM is newer than it. One find, about 10 ms.
app_is_stale() {
  [ -e "$app/stamp" ] || return 0
  [ -n "$(find "$top/pom.xml" "$top"/guest "$top"/engine "$top"/host "$top"/machine "$top"/artifact "$top"/observe "$top"/front \
    \( -name target -o -path '*/src/test' \) -prune -o -newer "$app/stamp" \( -type f -o -path '*/src/main/*' \) -print -quit \
    2>/dev/null)" ]
}

# Flags of every launch; the training run and the real one must agree, or the archive is ignored.
# The serial collector has the smallest footprint and start-up; a machine's hot path allocates next to nothing.
# aircompressor still uses sun.misc.Unsafe, about which the JVM would warn on the user's terminal.
# A small young generation, as all of it becomes resident: it saves 36 MiB of a boot.
# The old generation shrinks at once and grows by little: else the pages of what was garbage long ago stay resident,
# above all those of a kernel's file and of what it is unpacked to. The C library gives back what the compilers freed.
# Compact headers make decoded code smaller, and the processor's cache is what limits interpreting it.
java_flags="-XX:+UseSerialGC -Xmn16m -XX:InitialHeapSize=40m -XX:-ShrinkHeapInSteps -XX:MinHeapFreeRatio=10 \
  -XX:MaxHeapFreeRatio=20 -XX:TrimNativeHeapInterval=500 -XX:+UseCompactObjectHeaders -XX:-UsePerfData \
  --sun-misc-unsafe-memory-access=allow"

# Translated code of a guest that is spread thin is megabytes that the processor would need thousands of small pages for, and misses
# them at every step from one piece to the next. Linux only, and the JVM would complain where it is turned off.
read -r huge_pages 2>/dev/null </sys/kernel/mm/transparent_hugepage/enabled || huge_pages="[never]"
case $huge_pages in
*"[never]"*) ;;
*) java_flags="$java_flags -XX:+UseTransparentHugePages" ;;
esac

# WhiteBoxAPI: translated code is compiled when we ask for it (org.demitasse.core.host.HostCompiler). LZ4 is not for C2, which would
# be ready when the kernel is unpacked, and the profiled code until then is three times slower than C1's own. Nor is what writes the
# bytecode of translated code: C2 would spend a third of its time on that, and C1's code does.
# The JVM would tell the user of both.
compiler_flags="-XX:+UnlockDiagnosticVMOptions -XX:-DisplayVMOutput -XX:+WhiteBoxAPI"
compiler_directives=$top/tools/quick-code.json

# What the jars need of the JDK. A module that is missing here is missing in the application: guest-tests run ./demi.
java_modules=java.base,java.logging,java.management,jdk.management,jdk.unsupported

build_app() {
  command -v mvn >/dev/null || {
    echo "${0##*/}: needs Maven (mvn) to build, and found none on PATH." >&2
    exit 69
  }
  mkdir -p "$top/build"
  # One builder at a time: mkdir is atomic everywhere. A lock that a killed build left behind is taken over.
  until mkdir "$top/build/lock" 2>/dev/null; do
    owner=$(cat "$top/build/lock/pid" 2>/dev/null || echo)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$top/build/lock"
    else
      sleep 1
    fi
  done
  trap 'rm -rf "$top/build/lock"' EXIT
  trap 'exit 130' INT TERM
  echo $$ >"$top/build/lock/pid"
  touch "$top/build/started"
  if ! MAVEN_OPTS="${MAVEN_OPTS:-} $quiet_maven" mvn -B -q -f "$top/pom.xml" "$@" >"$top/build/build.log" 2>&1 </dev/null; then
    grep -E 'ERROR|WARN' "$top/build/build.log" | grep -v '^\[ERROR\] *$' | head -30 >&2
    echo "${0##*/}: the build failed; the whole log is in build/build.log." >&2
    exit 70
  fi
  rm -rf "$app"
  mkdir -p "$app"
  cp -R "$top/front/cli/target/lib" "$app/lib"
  cp "$top"/front/cli/target/demitasse-cli-*.jar "$app/lib/demitasse-cli.jar"
  link_java
  # Trained on what people do first. A failed training costs only start-up time.
  "$app/java" $java_flags -XX:AOTCacheOutput="$app/demi.aot" -Xlog:disable -jar "$app/lib/demitasse-cli.jar" \
    run hello --engine cpu --timeout 60 >/dev/null 2>&1 </dev/null ||
    echo "${0##*/}: no AOT cache could be made: starting takes longer." >&2
  mv "$top/build/started" "$app/stamp"
  rm -rf "$top/build/lock"
  trap - EXIT INT TERM
}

# Sets $app/java. A runtime is kept as long as it is of this JDK and has these modules.
link_java() {
  made_of="$java_modules $(cat "$JAVA_HOME/release" 2>/dev/null)"
  if [ ! -x "$runtime/bin/java" ] || [ "$(cat "$runtime/made-of" 2>/dev/null)" != "$made_of" ]; then
    rm -rf "$runtime"
    "$JAVA_HOME/bin/jlink" --add-modules $java_modules --no-header-files --no-man-pages --strip-java-debug-attributes \
      --output "$runtime" >"$top/build/jlink.log" 2>&1 </dev/null && echo "$made_of" >"$runtime/made-of" || {
      rm -rf "$runtime"
      echo "${0##*/}: this JDK makes no runtime image (build/jlink.log says why): the application uses the JDK itself." >&2
    }
  fi
  if [ -x "$runtime/bin/java" ]; then home=$runtime; else home=$JAVA_HOME; fi
  ln -s "$home/bin/java" "$app/java"
}

# Maven 3.8 on a new JDK warns about its own libraries; nobody can act on that.
quiet_maven="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
