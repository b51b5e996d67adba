/* Numbers as text for people: times, levels, frequencies, notes, strengths. Free the results with g_free. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "1:02", "1:02:03"; with `decimals` digits of the second: "1:02.345". */
char *sg_format_time(double seconds, int decimals);
/* The same for a tick of an axis whose labels are `step_s` apart. */
char *sg_format_time_tick(double seconds, double step_s);
/* "440 Hz", "1.25 kHz" */
char *sg_format_frequency(double freq_hz);
/* "50", "1k" for the ticks of an axis. */
char *sg_format_frequency_tick(double freq_hz);
/* "C4": the nearest note alone. */
char *sg_format_note(double freq_hz);
/* "A4 +12 ¢" */
char *sg_format_pitch(double freq_hz);
/* "−3.5 dB", with a true minus sign; "−∞ dB" for silence. */
char *sg_format_gain(double gain_db);
/* "−41 dB": a level of the spectrogram. */
char *sg_format_level(double level_db);
/* "−12.3 dB" of a meter; "−∞ dB" below −119 dB. */
char *sg_format_peak(double peak_db);
/* "Centre", "30 % left", "Right" */
char *sg_format_pan(double pan);
/* "85 %" of the speed; "+3 st", "0 st"; "120.5 bpm". */
char *sg_format_speed(double speed);
char *sg_format_semitones(double semitones);
char *sg_format_tempo(double bpm);
/* "37 %" */
char *sg_format_share(double share);
/* "Natural", "1.41 × harder", "2.00 × softer" */
char *sg_format_strength(double strength);
/* "3 min 20 s left" */
char *sg_format_time_left(double seconds);

G_END_DECLS
