#include "ui/text-format.h"

#include <glib/gi18n.h>
#include <math.h>

#include "core/plot/pitch.h"
#include "core/session/stem.h"

char *
sg_format_time(double seconds, int decimals)
{
  double unit = pow(10.0, decimals);
  gint64 units = llround(MAX(seconds, 0.0) * unit);
  gint64 whole = units / (gint64)unit;
  int hours = (int)(whole / 3600), minutes = (int)(whole / 60 % 60), rest = (int)(whole % 60);
  g_autofree char *tail =
      decimals > 0 ? g_strdup_printf(".%0*d", decimals, (int)(units % (gint64)unit)) : g_strdup("");
  if (hours > 0)
    return g_strdup_printf("%d:%02d:%02d%s", hours, minutes, rest, tail);
  return g_strdup_printf("%d:%02d%s", minutes, rest, tail);
}

char *
sg_format_time_tick(double seconds, double step_s)
{
  int decimals = step_s >= 1.0 ? 0 : (int)ceil(-log10(step_s) - 1e-9);
  return sg_format_time(seconds, decimals);
}

char *
sg_format_frequency(double freq_hz)
{
  if (freq_hz < 99.95)
    return g_strdup_printf(_("%.1f Hz"), freq_hz);
  if (freq_hz < 1000.0)
    return g_strdup_printf(_("%.0f Hz"), freq_hz);
  return g_strdup_printf(_("%.2f kHz"), freq_hz / 1000.0);
}

char *
sg_format_frequency_tick(double freq_hz)
{
  if (freq_hz < 999.5)
    return g_strdup_printf("%.0f", freq_hz);
  return g_strdup_printf("%.0fk", freq_hz / 1000.0);
}

char *
sg_format_note(double freq_hz)
{
  static const char *const names[] = { "C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B" };
  SgPitch pitch = sg_pitch_of_frequency(freq_hz);
  int octave = (int)floor(pitch.note / 12.0) - 1;
  return g_strdup_printf("%s%d", names[(pitch.note % 12 + 12) % 12], octave);
}

char *
sg_format_pitch(double freq_hz)
{
  int cents = sg_pitch_of_frequency(freq_hz).cents;
  g_autofree char *note = sg_format_note(freq_hz);
  return g_strdup_printf("%s %s%d ¢", note, cents < 0 ? "−" : "+", ABS(cents));
}

char *
sg_format_gain(double gain_db)
{
  if (gain_db <= SG_STEM_GAIN_MIN_DB)
    return g_strdup(_("−∞ dB"));
  if (fabs(gain_db) < 0.05)
    return g_strdup(_("0.0 dB"));
  return g_strdup_printf(_("%s%.1f dB"), gain_db < 0.0 ? "−" : "+", fabs(gain_db));
}

char *
sg_format_level(double level_db)
{
  return g_strdup_printf(_("%s%.0f dB"), level_db <= -0.5 ? "−" : "", fabs(level_db));
}

char *
sg_format_share(double share)
{
  return g_strdup_printf(_("%.0f %%"), 100.0 * share);
}

char *
sg_format_strength(double strength)
{
  if (fabs(log2(strength)) < 0.005)
    return g_strdup(_("Natural"));
  if (strength > 1.0)
    return g_strdup_printf(_("%.2f × harder"), strength);
  return g_strdup_printf(_("%.2f × softer"), 1.0 / strength);
}

char *
sg_format_time_left(double seconds)
{
  int whole = (int)ceil(seconds);
  if (whole < 60)
    return g_strdup_printf(_("%d s left"), whole);
  return g_strdup_printf(_("%d min left"), (whole + 30) / 60);
}

char *
sg_format_peak(double peak_db)
{
  if (peak_db < -119.0)
    return g_strdup(_("−∞ dB"));
  return g_strdup_printf(_("%s%.1f dB"), peak_db <= -0.05 ? "−" : "", fabs(peak_db));
}

char *
sg_format_pan(double pan)
{
  int percent = (int)lround(100.0 * fabs(pan));
  if (percent == 0)
    return g_strdup(_("Centre"));
  if (percent == 100)
    return g_strdup(pan < 0.0 ? _("Left") : _("Right"));
  return pan < 0.0 ? g_strdup_printf(_("%d %% left"), percent) : g_strdup_printf(_("%d %% right"), percent);
}

char *
sg_format_speed(double speed)
{
  return g_strdup_printf(_("%.0f %%"), 100.0 * speed);
}

char *
sg_format_semitones(double semitones)
{
  int whole = (int)lround(semitones);
  return g_strdup_printf(_("%s%d st"), whole < 0 ? "−" : whole > 0 ? "+" : "", ABS(whole));
}

char *
sg_format_tempo(double bpm)
{
  return g_strdup_printf(_("%.1f bpm"), bpm);
}
