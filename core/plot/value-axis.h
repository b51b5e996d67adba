/* An axis of plain numbers, linear or logarithmic: its range, its round ticks and their labels.
 *
 * position = length · (v − low)/(high − low), or with logarithms of all three on a logarithmic axis; 0 is the
 * low end. Ticks lie at 1, 2, 5 · 10^n: on a linear axis as the step between them, on a logarithmic one as
 * the values.
 *
 * Units: those of the values; pixels (of whatever size the caller uses) for lengths. Threads: no shared
 * state. Audio callback: no. Errors: none.
 */
#pragma once

#include "core/plot/axis.h"

typedef struct {
  double low, high; /* low < high; both > 0 when logarithmic */
  bool logarithmic;
} SgValueAxis;

/* An axis that shows low … high: a linear one with a little room at both ends, a logarithmic one out to the
 * next 1, 2, 5 · 10^n. Any numbers will do: where low and high are one (or nearly) it gets more room, where
 * they are not finite, the wrong way round, or ≤ 0 on a logarithmic axis it becomes 0 … 1 (1 … 10). */
SgValueAxis sg_value_axis_covering(double low, double high, bool logarithmic);

double sg_value_axis_position(const SgValueAxis *axis, double value, double length);

/* All labelled ticks that keep at least `min_gap` pixels apart, from low to high; returns how many were
 * written, at most `max_ticks`; on a linear axis of at least 4 · min_gap there are two or more. */
size_t sg_value_axis_ticks(const SgValueAxis *axis, double length, double min_gap, SgTick *out_ticks,
                           size_t max_ticks);

/* "−2.5": the label of tick `value`, with as many decimals as the distance to its neighbour asks for
 * (linear). */
void sg_value_axis_label(const SgValueAxis *axis, double length, double min_gap, double value, char *out_text,
                         size_t size);

/* "1:05", "1:00:05" or, where labels are less than a second apart, "1:05.25". */
void sg_time_label(double seconds, double step_s, char *out_text, size_t size);
