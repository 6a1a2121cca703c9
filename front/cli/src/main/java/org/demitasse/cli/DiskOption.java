package org.demitasse.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.demitasse.machine.DiskSpec;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code FILE[,ro][,overlay]}. Only these words at the end are options, so a file name may contain commas. */
final class DiskOption implements ITypeConverter<DiskSpec> {
  private static final String READ_ONLY = ",ro";
  private static final String OVERLAY = ",overlay";

  @Override
  public DiskSpec convert(String value) {
    try {
      return parse(value);
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(wrong.getMessage());
    }
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException with a sentence for the user
   */
  static DiskSpec parse(String value) {
    String file = value;
    boolean readOnly = false;
    boolean overlay = false;
    while (true) {
      if (file.endsWith(READ_ONLY)) {
        readOnly = true;
        file = file.substring(0, file.length() - READ_ONLY.length());
      } else if (file.endsWith(OVERLAY)) {
        overlay = true;
        file = file.substring(0, file.length() - OVERLAY.length());
      } else {
        break;
      }
    }
    if (file.isEmpty()) {
      throw new IllegalArgumentException("'%s' names no file".formatted(value));
    }
    try {
      return new DiskSpec(Path.of(file), readOnly, overlay);
    } catch (InvalidPathException impossible) {
      throw new IllegalArgumentException("'%s' is no file name here: %s".formatted(file, impossible.getReason()));
    } catch (IllegalArgumentException both) {
      throw new IllegalArgumentException("'%s': a disk is read-only or an overlay, not both".formatted(value));
    }
  }
}
