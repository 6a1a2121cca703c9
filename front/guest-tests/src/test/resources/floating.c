/*
 * Floating-point work whose every printed bit must be the same wherever it runs: compiled in several ways, run by the guest
 * and by this computer.
 */
#include <complex.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma STDC FENV_ACCESS ON

static uint64_t seed = 88172645463325252u;

static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static double unit(void) { return (double)(next() >> 11) * 0x1p-53; }

static uint64_t digest = 14695981039346656037u;

static void mix(const void *bytes, size_t length) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < length; i++) {
    digest = (digest ^ at[i]) * 1099511628211u;
  }
}

static void mix_double(double value) { mix(&value, sizeof value); }

/* Only the ten bytes that hold the number. */
static void mix_long(long double value) { mix(&value, 10); }

static void tell(const char *what) {
  printf("%-12s %016llx\n", what, (unsigned long long)digest);
  digest = 14695981039346656037u;
}

#define SIZE 96

static void linear_equations(void) {
  static double a[SIZE][SIZE], b[SIZE];
  for (int i = 0; i < SIZE; i++) {
    b[i] = unit();
    for (int j = 0; j < SIZE; j++) a[i][j] = unit() - 0.5;
  }
  for (int k = 0; k < SIZE; k++) {
    int pivot = k;
    for (int i = k + 1; i < SIZE; i++) {
      if (fabs(a[i][k]) > fabs(a[pivot][k])) pivot = i;
    }
    for (int j = 0; j < SIZE; j++) {
      double swap = a[k][j];
      a[k][j] = a[pivot][j];
      a[pivot][j] = swap;
    }
    double swap = b[k];
    b[k] = b[pivot];
    b[pivot] = swap;
    for (int i = k + 1; i < SIZE; i++) {
      double factor = a[i][k] / a[k][k];
      for (int j = k; j < SIZE; j++) a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (int i = SIZE - 1; i >= 0; i--) {
    for (int j = i + 1; j < SIZE; j++) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
    mix_double(b[i]);
  }
  printf("x[0] = %.17g = %a\n", b[0], b[0]);
  tell("equations");
}

static void single_precision(void) {
  static float x[4096], y[4096];
  for (int i = 0; i < 4096; i++) x[i] = (float)unit() * 200 - 100;
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < 4096; i++) {
      y[i] = sqrtf(fabsf(x[i])) + x[(i + round) & 4095] / (1 + x[i] * x[i]);
      y[i] = fmaxf(fminf(y[i], 50), -50);
    }
    memcpy(x, y, sizeof x);
  }
  mix(x, sizeof x);
  tell("single");
}

static void bodies(void) {
  double p[5][3], v[5][3], m[5];
  for (int i = 0; i < 5; i++) {
    m[i] = unit();
    for (int k = 0; k < 3; k++) {
      p[i][k] = unit() * 10;
      v[i][k] = unit() - 0.5;
    }
  }
  for (int step = 0; step < 3000; step++) {
    for (int i = 0; i < 5; i++) {
      for (int j = i + 1; j < 5; j++) {
        double d[3], square = 0.01;
        for (int k = 0; k < 3; k++) {
          d[k] = p[i][k] - p[j][k];
          square += d[k] * d[k];
        }
        double magnitude = 0.01 / (square * sqrt(square));
        for (int k = 0; k < 3; k++) {
          v[i][k] -= d[k] * m[j] * magnitude;
          v[j][k] += d[k] * m[i] * magnitude;
        }
      }
    }
    for (int i = 0; i < 5; i++) {
      for (int k = 0; k < 3; k++) p[i][k] += 0.01 * v[i][k];
    }
  }
  mix(p, sizeof p);
  tell("bodies");
}

static void extended(void) {
  long double sum = 0, product = 1;
  for (int i = 1; i < 20000; i++) {
    long double x = (long double)unit() * i;
    sum += sqrtl(x) / i - x * 1e-9L;
    product *= 1 + x * 1e-12L;
    if (i % 100 == 0) {
      mix_long(sinl(x));
      mix_long(tanl(x));
      mix_long(fmodl(x * 1e6L, 7.25L));
      mix_long(ldexpl(roundl(x), i % 400 - 200));
    }
  }
  mix_long(sum);
  mix_long(product);
  printf("sum = %.21Lg = %La\n", sum, product);
  tell("extended");
}

/* F2XM1, FYL2X, FYL2XP1 and FPATAN: their last bits differ between makers of CPUs, so only the first 24 count. */
static void microcoded(void) {
  for (int i = 1; i < 3000; i++) {
    long double x = (long double)unit() * i, y = (long double)unit() - 0.5L;
    float rounded[] = {(float)expl(y), (float)log1pl(y), (float)powl(x, y), (float)atan2l(x, y), (float)log2l(x)};
    mix(rounded, sizeof rounded);
  }
  tell("microcoded");
}

static void functions(void) {
  double (*const one[])(double) = {sin,  cos,   tan,  asin,  acos, atan, sinh,  cosh,  tanh,   exp,    exp2, expm1, log,
                                   log2, log10, log1p, sqrt, cbrt, erf,  erfc,  lgamma, tgamma, asinh, floor, ceil, rint,
                                   trunc, round, nearbyint};
  for (size_t f = 0; f < sizeof one / sizeof *one; f++) {
    for (int i = 0; i < 400; i++) {
      double x = ldexp(unit() - 0.5, (int)(next() % 12) - 4);
      double y = one[f](x);
      if (isnan(y)) y = 0; /* the sign of a NaN is nobody's promise */
      mix_double(y);
    }
  }
  tell("functions");
  for (int i = 0; i < 2000; i++) {
    double x = unit() * 40, y = unit() * 8 - 4;
    mix_double(pow(x, y));
    mix_double(hypot(x, y));
    mix_double(fmod(x, y));
    mix_double(remainder(x, y));
    mix_double(fma(x, y, -x * y));
    mix_double(creal(cexp(x / 40 + y * I)));
  }
  tell("pairs");
}

static void rounding(void) {
  const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
  for (int i = 0; i < 4; i++) {
    fesetround(modes[i]);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double one = 1, three = 3, tiny = DBL_MIN, huge = DBL_MAX, zero = 0;
    volatile long double lone = 1, lthree = 3;
    volatile float narrow;
    mix_double(one / three);
    mix_double(-one / three);
    mix_long(lone / lthree);
    mix_double(rint(2.5 * one));
    int64_t whole = llrint(-2.5 * one);
    mix(&whole, sizeof whole);
    printf("%d:%x", i, fetestexcept(FE_ALL_EXCEPT));
    mix_double(tiny / three);
    printf(" %x", fetestexcept(FE_ALL_EXCEPT));
    mix_double(huge * three);
    printf(" %x", fetestexcept(FE_ALL_EXCEPT));
    mix_double(one / zero);
    printf(" %x", fetestexcept(FE_ALL_EXCEPT));
    narrow = (float)(tiny * three);
    mix_double(narrow);
    (void)sqrt(-one);
    printf(" %x\n", fetestexcept(FE_ALL_EXCEPT));
  }
  fesetround(FE_TONEAREST);
  tell("rounding");
}

static void text(void) {
  char line[64];
  for (int i = 0; i < 3000; i++) {
    uint64_t bits = next();
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) continue;
    int length = snprintf(line, sizeof line, "%.17g", value);
    mix(line, (size_t)length);
    if (strtod(line, NULL) != value) printf("%s is not itself\n", line);
    mix_double(strtof(line, NULL));
  }
  tell("text");
}

static void integers(void) {
  for (int i = 0; i < 5000; i++) {
    unsigned __int128 wide = (unsigned __int128)next() << 64 | next();
    uint64_t divisor = next() >> (next() % 60) | 1;
    unsigned __int128 quotient = wide / divisor, rest = wide % divisor;
    mix(&quotient, sizeof quotient);
    mix(&rest, sizeof rest);
    int64_t from = (int64_t)((double)(int64_t)next() * 0.7);
    int counts[] = {__builtin_popcountll(divisor), __builtin_ctzll(divisor), __builtin_clzll(divisor)};
    mix(&from, sizeof from);
    mix(counts, sizeof counts);
    double up = (double)next();
    mix_double(up);
  }
  tell("integers");
}

int main(void) {
  linear_equations();
  single_precision();
  bodies();
  extended();
  microcoded();
  functions();
  rounding();
  text();
  integers();
  return 0;
}
