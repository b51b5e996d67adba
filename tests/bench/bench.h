/* Benchmarks of the budgets: each measures ratios within one run and adds lines to a table. One file a
 * benchmark. */
#pragma once

#include <glib.h>

typedef enum { BENCH_AT_LEAST, BENCH_AT_MOST, BENCH_FOR_INFORMATION } BenchBound;

/* Adds a line: what was measured, in which unit ("%", "×", "s", "MB"), and its budget. */
void bench_add(const char *what, double measured, const char *unit, BenchBound bound, double budget);

double bench_seconds(void);

void bench_memory(void);
void bench_cancel(void);
void bench_stft(void);
void bench_median(void);
void bench_metrics(void);
void bench_pipeline(void);
void bench_play(void);
void bench_wiener(void);
