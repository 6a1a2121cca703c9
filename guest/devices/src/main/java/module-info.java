/** The PC's own devices: interrupt controllers, timers, clock, serial port, and the ways to switch the machine off. */
module org.demitasse.devices {
  requires transitive org.demitasse.core;
  requires static transitive org.jspecify;

  exports org.demitasse.devices.fwcfg;
  exports org.demitasse.devices.i8042;
  exports org.demitasse.devices.ioapic;
  exports org.demitasse.devices.irq;
  exports org.demitasse.devices.lapic;
  exports org.demitasse.devices.pic;
  exports org.demitasse.devices.pit;
  exports org.demitasse.devices.port;
  exports org.demitasse.devices.power;
  exports org.demitasse.devices.rtc;
  exports org.demitasse.devices.serial;
  exports org.demitasse.devices.testdevice;
  exports org.demitasse.devices.tick;
}
