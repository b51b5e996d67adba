#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Smooths a curve of a plan with a raised-cosine window of WIDTH_S, not shifting it; the ends are held. False
 * when there is no memory. */
bool demo_smooth(double *curve, size_t n, double width_s);
