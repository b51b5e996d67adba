#pragma once

/* The sounds of the words: formants of a man's voice as published tables of English vowels give them, rounded
 * and moved a little towards singing, with the consonants that the song needs. */

#include <stddef.h>

typedef enum { DEMO_VOWEL, DEMO_SONORANT, DEMO_FRICATIVE, DEMO_STOP, DEMO_BREATH } DemoPhoneKind;

typedef struct {
  const char *name;
  DemoPhoneKind kind;
  double formant_hz[3];
  const char *glide; /* what a diphthong moves to, or NULL */
  double length_s;   /* of a consonant */
  double voice;      /* strengths: voicing, aspiration, friction */
  double aspiration;
  double friction;
  double noise_hz;
  double noise_width_hz;
  double nasality;
} DemoPhone;

/* The first of the phones spelt in TEXT, which is moved past it; NULL at the end or at an unknown name. */
const DemoPhone *demo_phone_parse(const char **text);

const DemoPhone *demo_phone_find(const char *name, size_t length);
