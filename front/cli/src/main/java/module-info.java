/** The {@code demi} command: one class per command, the terminal, and what goes to files and exit statuses. */
module org.demitasse.cli {
  requires info.picocli;
  requires java.management;
  requires org.demitasse.gdb;
  requires org.demitasse.machine;
  requires org.jline.terminal;
  requires org.demitasse.trace;
  requires static org.jspecify;

  opens org.demitasse.cli to
      info.picocli;
}
