#include "core/session/method-text.h"

#include <glib/gi18n-lib.h>

#include "core/session/method-choice.h"

typedef struct {
  const char *id, *name, *sentence;
} Text;

static const Text sources[] = {
  { "drums", N_("Drums"), NULL }, { "bass", N_("Bass"), NULL },         { "vocals", N_("Vocals"), NULL },
  { "other", N_("Other"), NULL }, { "rest", N_("Rest"), NULL },         { "backing", N_("Backing"), NULL },
  { "sides", N_("Sides"), NULL }, { "harmonic", N_("Harmonic"), NULL }, { "residual", N_("Residual"), NULL },
};

static const Text methods[] = {
  { SG_METHOD_CHOICE_STANDARD, N_("Four stems by a network"),
    N_("A small trained network and the rules of the next method, averaged: clearer bass and other sounds "
       "than "
       "by rules alone. Expect voices to stay faint and drums to keep some of the rest.") },
  { "classic", N_("Drums, bass, other, vocals"),
    N_("Weighs hits, held notes and what lies between them, seen through windows of three lengths, against "
       "each other; the best that needs no training.") },
  { "hpss", N_("Drums and rest"),
    N_("Tells drum hits from held notes by running medians along frequency and time (FitzGerald 2010); "
       "quick, needs no training.") },
  { "repet-sim", N_("Voice over what repeats"),
    N_("Takes what comes again and again for the backing and what differs for the voice (Rafii and Pardo "
       "2012); needs no training.") },
  { "center", N_("Voice in the middle"),
    N_("Takes what lies at one place between left and right, normally the middle (after Barry, Lawlor and "
       "Coyle 2004); stereo songs only.") },
  { "nmf", N_("Drums by their sounds"),
    N_("Writes the song as a sum of few sounds, each with its own spectrum, and tells drums from notes among "
       "them (Lee and Seung 2000).") },
  { "manual", N_("By hand"), N_("Leaves everything in one source, to be taken apart by hand.") },
  { "model", N_("Trained network"), N_("A network that has learnt from songs and their stems.") },
};

typedef struct {
  const char *method_id;
  Text text;
} KnobText;

static const KnobText knobs[] = {
  { "classic", { "drums", N_("Drums"), N_("How much more of what is in doubt goes to the drums.") } },
  { "classic", { "bass", N_("Bass"), N_("How much more of what is in doubt goes to the bass.") } },
  { "classic", { "other", N_("Other"), N_("How much more of what is in doubt goes to the other sounds.") } },
  { "classic", { "vocals", N_("Vocals"), N_("How much more of what is in doubt goes to the vocals.") } },
  { "hpss",
    { "time-window", N_("Window in time"),
      N_("How many frames a held note has to fill; longer takes more for drums.") } },
  { "hpss",
    { "frequency-window", N_("Window in frequency"),
      N_("How many bins a drum hit has to fill; longer takes more for notes.") } },
  { "hpss",
    { "margin", N_("Margin"),
      N_("How many times stronger than the other a source must be; over 1 what is in doubt becomes a "
         "third stem.") } },
  { "hpss", { "mask", N_("Mask"), N_("Whether a cell may be shared or goes to one source alone.") } },
  { "repet-sim", { "similar", N_("Similar frames"), N_("The most frames that the median is taken over.") } },
  { "repet-sim", { "apart", N_("Apart"), N_("How far apart in time similar frames must be at least.") } },
  { "repet-sim",
    { "threshold", N_("Least similarity"),
      N_("Frames less similar than this are not taken; 1 would be alike.") } },
  { "repet-sim",
    { "reach", N_("Reach"),
      N_("How far before and after a moment its like is looked for; longer takes more memory.") } },
  { "repet-sim", { "lowest", N_("Lowest voice"), N_("Everything below this frequency is backing.") } },
  { "model",
    { "quality", N_("Quality"),
      N_("Fast runs the network alone, with a shorter look around. Best averages four runs of it; takes "
         "longest.") } },
  { "nmf", { "components", N_("Sounds"), N_("How many sounds the song is written as a sum of.") } },
  { "nmf", { "iterations", N_("Rounds"), N_("How often the sounds are refined; more takes longer.") } },
  { "center",
    { "position", N_("Position"), N_("The place that the voice has: −1 left, 0 middle, 1 right.") } },
  { "center", { "width", N_("Width"), N_("How wide the place is; 2 is everything from left to right.") } },
  { "center", { "lowest", N_("Lowest voice"), N_("Everything below this frequency stays with the sides.") } },
  { "center",
    { "highest", N_("Highest voice"), N_("Everything above this frequency stays with the sides.") } },
};

static const Text choices[] = {
  { "soft", N_("Soft"), NULL },     { "binary", N_("Binary"), NULL }, { "fast", N_("Fast"), NULL },
  { "normal", N_("Normal"), NULL }, { "best", N_("Best"), NULL },
};

static const Text units[] = {
  { "bins", N_("bins"), NULL }, { "frames", N_("frames"), NULL }, { "Hz", N_("Hz"), NULL },
  { "s", N_("s"), NULL },       { "dB", N_("dB"), NULL },
};

static const Text *
find(const Text *texts, gsize n, const char *id)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal(texts[i].id, id))
      return &texts[i];
  return NULL;
}

static const char *
name_of(const Text *text, const char *id)
{
  return text != NULL ? _(text->name) : id;
}

static const char *
sentence_of(const Text *text)
{
  return text != NULL ? _(text->sentence) : "";
}

const char *
sg_source_name(const char *source_id)
{
  return name_of(find(sources, G_N_ELEMENTS(sources), source_id), source_id);
}

const char *
sg_method_name(const char *method_id)
{
  return name_of(find(methods, G_N_ELEMENTS(methods), method_id), method_id);
}

const char *
sg_method_sentence(const char *method_id)
{
  return sentence_of(find(methods, G_N_ELEMENTS(methods), method_id));
}

static const Text *
find_knob(const char *method_id, const char *knob_id)
{
  for (gsize i = 0; i < G_N_ELEMENTS(knobs); i++)
    if (g_str_equal(knobs[i].method_id, method_id) && g_str_equal(knobs[i].text.id, knob_id))
      return &knobs[i].text;
  return NULL;
}

const char *
sg_knob_name(const char *method_id, const char *knob_id)
{
  return name_of(find_knob(method_id, knob_id), knob_id);
}

const char *
sg_knob_sentence(const char *method_id, const char *knob_id)
{
  return sentence_of(find_knob(method_id, knob_id));
}

const char *
sg_choice_name(const char *choice_id)
{
  return name_of(find(choices, G_N_ELEMENTS(choices), choice_id), choice_id);
}

const char *
sg_unit_name(const char *unit_id)
{
  return name_of(find(units, G_N_ELEMENTS(units), unit_id), unit_id);
}
