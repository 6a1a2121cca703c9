/* Polled output on COM1 and by a virtio console's emergency write, of which one is the console; and numbers. */
#include "machine.h"

#define COM1 0x3f8
#define LINE_STATUS (COM1 + 5)
#define THRE 0x20

/* Registers by number (VirtIO 1.2 4.2.2), the console's among them. */
#define DEVICE_FEATURES 4
#define DEVICE_FEATURES_SEL 5
#define EMERG_WR ((0x100 + 8) / 4)
#define CONSOLE_EMERG_WRITE (1 << 2)

/* Register emerg_wr (VirtIO 1.2 5.3.4), which needs no set-up, or null. */
static volatile u32 *emergency_write;

void print_also_on(volatile u32 *registers) {
  registers[DEVICE_FEATURES_SEL] = 0;
  if (registers[DEVICE_FEATURES] & CONSOLE_EMERG_WRITE) {
    emergency_write = registers + EMERG_WR;
  }
}

void print_char(char c) {
  for (u32 i = 0; i < 1000000 && !(in8(LINE_STATUS) & THRE); i++) {
    pause();
  }
  out8(COM1, (u8)c);
  if (emergency_write) {
    *emergency_write = (u8)c;
  }
}

void print(const char *text) {
  for (; *text; text++) {
    if (*text == '\n') {
      print_char('\r');
    }
    print_char(*text);
  }
}

void print_fixed(u64 value, u32 digits) {
  char text[24];
  u32 at = sizeof text;
  text[--at] = 0;
  do {
    text[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value || at > sizeof text - 1 - digits);
  print(text + at);
}

void print_decimal(u64 value) {
  print_fixed(value, 1);
}

void print_hex(u64 value, u32 digits) {
  print("0x");
  u32 shift = 60;
  while (shift && shift / 4 >= digits && !(value >> shift)) {
    shift -= 4;
  }
  for (int s = (int)shift; s >= 0; s -= 4) {
    print_char("0123456789abcdef"[value >> s & 15]);
  }
}

void print_label(const char *label) {
  u32 column = 0;
  for (; label[column]; column++) {
    print_char(label[column]);
  }
  for (; column < 10; column++) {
    print_char(' ');
  }
}

int starts_with(const char *text, const char *prefix) {
  while (*prefix && *text == *prefix) {
    text++;
    prefix++;
  }
  return !*prefix;
}

u64 parse_number(const char **text) {
  const char *at = *text;
  u64 base = starts_with(at, "0x") ? 16 : 10;
  u64 value = 0;
  at += base == 16 ? 2 : 0;
  for (;; at++) {
    u64 digit = *at >= '0' && *at <= '9' ? (u64)(*at - '0') : *at >= 'a' && *at <= 'f' ? (u64)(*at - 'a' + 10) : 99;
    if (digit >= base) {
      break;
    }
    value = value * base + digit;
  }
  *text = at;
  return value;
}
