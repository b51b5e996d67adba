/* A small seeded random generator (SplitMix64: Steele, Lea and Flood, OOPSLA 2014), for generated signals and
 * tests. Equal seeds give equal sequences everywhere. Threads: one state, one thread. Audio callback:
 * allowed. */
#pragma once

#include <math.h>
#include <stdint.h>

typedef struct {
  uint64_t state;
} SgRandom;

static inline SgRandom
sg_random_seeded(uint64_t seed)
{
  return (SgRandom){ seed };
}

static inline uint64_t
sg_random_bits(SgRandom *random)
{
  uint64_t z = random->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static inline double
sg_random_unit(SgRandom *random)
{
  return (double)(sg_random_bits(random) >> 11) * 0x1p-53;
}

/* Uniform integer in [0, n), n ≥ 1. */
static inline uint64_t
sg_random_below(SgRandom *random, uint64_t n)
{
  return sg_random_bits(random) % n;
}

/* Uniform in [low, high). */
static inline double
sg_random_between(SgRandom *random, double low, double high)
{
  return low + (high - low) * sg_random_unit(random);
}

/* Uniform in the logarithm, as people hear times and frequencies; 0 < low. */
static inline double
sg_random_between_log(SgRandom *random, double low, double high)
{
  return exp(sg_random_between(random, log(low), log(high)));
}
