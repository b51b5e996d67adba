#pragma once

/* A small random generator (splitmix64), so that every rendering of the song is the same. */

#include <stdint.h>

typedef struct {
  uint64_t state;
} DemoRandom;

static inline uint64_t
demo_random_next(DemoRandom *random)
{
  uint64_t z = random->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Uniform in [-1, 1). */
static inline double
demo_random_uniform(DemoRandom *random)
{
  return (double)(demo_random_next(random) >> 11) * 0x1p-52 - 1.0;
}

/* Near enough to normal, with deviation one: the sum of three uniform numbers. */
static inline double
demo_random_normal(DemoRandom *random)
{
  double sum = demo_random_uniform(random);
  sum += demo_random_uniform(random);
  return sum + demo_random_uniform(random);
}
