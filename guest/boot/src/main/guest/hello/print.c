/* Polled output on COM1, and numbers. */
#include "machine.h"

#define COM1 0x3f8
#define LINE_STATUS (COM1 + 5)
#define THRE 0x20

void print_char(char c) {
  for (u32 i = 0; i < 1000000 && !(in8(LINE_STATUS) & THRE); i++) {
    pause();
  }
  out8(COM1, (u8)c);
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
