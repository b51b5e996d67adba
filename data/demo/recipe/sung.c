#include "sung.h"

#include <math.h>
#include <stdlib.h>

#include "random.h"
#include "score.h"

#define LEGATO_GAP_S 0.2
#define SHORTEST_VOWEL_S 0.05

static void
read_phones(DemoSung *sung, const char *text)
{
  for (const DemoPhone *phone; (phone = demo_phone_parse(&text)) != NULL;) {
    if (phone->kind == DEMO_VOWEL)
      sung->vowel = phone;
    else if (sung->vowel == NULL && sung->n_onset < DEMO_MAX_CONSONANTS)
      sung->onset[sung->n_onset++] = phone;
    else if (sung->vowel != NULL && sung->n_coda < DEMO_MAX_CONSONANTS) {
      sung->coda[sung->n_coda++] = phone;
      sung->coda_s += phone->length_s;
    }
  }
}

static DemoSung
place(const DemoSyllable *syllable, const DemoVoice *voice, DemoRandom *random)
{
  DemoSung sung = { .note = voice->harmony ? syllable->harmony : syllable->note };
  read_phones(&sung, syllable->phones);
  sung.onset_s = demo_score_time(syllable->bar, syllable->step) + 0.008;
  sung.onset_s += voice->timing_s * demo_random_normal(random);
  sung.start_s = sung.onset_s;
  for (int i = 0; i < sung.n_onset; i++)
    sung.start_s -= sung.onset[i]->length_s;
  sung.end_s = demo_score_time(syllable->bar, syllable->step + syllable->n_steps) + sung.coda_s * 0.5;
  sung.effort = fmin(fmax(syllable->effort + voice->effort, 0.1), 1.0);
  return sung;
}

/* Joins a syllable to the next where the score leaves no rest between them. */
static void
join(DemoSung *sung, DemoSung *next)
{
  sung->ends_phrase = next == NULL || next->onset_s - sung->end_s > LEGATO_GAP_S;
  if (next == NULL)
    return;
  next->begins_phrase = sung->ends_phrase;
  if (!sung->ends_phrase)
    sung->end_s = next->start_s;
  sung->end_s = fmax(sung->end_s, sung->onset_s + sung->coda_s + SHORTEST_VOWEL_S);
  next->start_s = fmax(next->start_s, fmin(sung->end_s, next->onset_s));
}

DemoSungLine *
demo_sung_line_new(const DemoVoice *voice)
{
  DemoSungLine *line = calloc(1, sizeof *line);
  if (line == NULL)
    return NULL;
  DemoRandom random = { voice->seed };
  for (size_t i = 0; i < demo_n_syllables && line->n < DEMO_MAX_SUNG; i++) {
    const DemoSyllable *syllable = &demo_melody[i];
    if (syllable->bar < voice->first_bar || (voice->harmony && syllable->harmony == 0))
      continue;
    DemoSung sung = place(syllable, voice, &random);
    if (sung.vowel != NULL)
      line->sung[line->n++] = sung;
  }
  if (line->n > 0)
    line->sung[0].begins_phrase = true;
  for (size_t i = 0; i < line->n; i++)
    join(&line->sung[i], i + 1 < line->n ? &line->sung[i + 1] : NULL);
  return line;
}
