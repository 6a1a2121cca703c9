/* Ports, MSRs, CPUID, the TSC, and the little that hello needs of a C library. */
#ifndef MACHINE_H
#define MACHINE_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

struct cpuid {
  u32 eax, ebx, ecx, edx;
};

static inline u8 in8(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static inline void out8(u16 port, u8 value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u64 rdtsc(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64)high << 32 | low;
}

static inline struct cpuid cpuid(u32 leaf, u32 subleaf) {
  struct cpuid r;
  __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

static inline void wrmsr(u32 msr, u64 value) {
  __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline void pause(void) {
  __asm__ volatile("pause" : : : "memory");
}

static inline void barrier(void) {
  __asm__ volatile("lock; addl $0, (%%rsp)" : : : "memory", "cc");
}

/* print.c */
void print(const char *text);
void print_char(char c);
void print_decimal(u64 value);
void print_fixed(u64 value, u32 digits); /* decimal, at least that many digits */
void print_hex(u64 value, u32 digits);   /* with 0x, at least that many digits */
void print_label(const char *label);     /* starts a line */
void print_also_on(volatile u32 *console); /* the registers of a virtio console */
int starts_with(const char *text, const char *prefix);
u64 parse_number(const char **text); /* 0x hexadecimal or decimal; moves on */

/* clock.c */
void clock_report(void);
u64 nanoseconds(u64 ticks); /* 0 if nobody told the frequency */
u64 ticks_a_millisecond(void);

/* disk.c */
int disk_report(volatile u32 *registers);

/* entry.S */
void triple_fault(void) __attribute__((noreturn));

#endif
