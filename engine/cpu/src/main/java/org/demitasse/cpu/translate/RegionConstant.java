package org.demitasse.cpu.translate;

import java.lang.constant.ClassDesc;

/** An object that a region's code uses: a static final field, which the JVM's compilers see through. */
record RegionConstant(Object value, ClassDesc type) {
  /** The name of its field. */
  static String name(int number) {
    return "constant" + number;
  }
}
