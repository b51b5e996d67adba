#include "phones.h"

#include <string.h>

static const DemoPhone phones[] = {
  { "IY", DEMO_VOWEL, { 300, 2230, 2900 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "IH", DEMO_VOWEL, { 400, 1920, 2560 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "EH", DEMO_VOWEL, { 560, 1740, 2500 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "AE", DEMO_VOWEL, { 680, 1620, 2450 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "AA", DEMO_VOWEL, { 720, 1130, 2500 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "AO", DEMO_VOWEL, { 580, 880, 2480 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "AH", DEMO_VOWEL, { 640, 1200, 2480 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "AX", DEMO_VOWEL, { 520, 1380, 2480 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "ER", DEMO_VOWEL, { 490, 1330, 1720 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "UH", DEMO_VOWEL, { 440, 1000, 2350 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "UW", DEMO_VOWEL, { 330, 980, 2320 }, NULL, 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "OW", DEMO_VOWEL, { 500, 900, 2420 }, "UH", 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "EY", DEMO_VOWEL, { 480, 1960, 2600 }, "IY", 0, 1, 0, 0.016, 8500, 6500, 0 },
  { "AY", DEMO_VOWEL, { 740, 1260, 2520 }, "IH", 0, 1, 0, 0.016, 8500, 6500, 0 },

  { "M", DEMO_SONORANT, { 270, 1100, 2200 }, NULL, 0.075, 0.45, 0, 0.008, 8500, 6500, 1 },
  { "N", DEMO_SONORANT, { 270, 1550, 2450 }, NULL, 0.065, 0.45, 0, 0.008, 8500, 6500, 1 },
  { "NG", DEMO_SONORANT, { 270, 1900, 2300 }, NULL, 0.075, 0.42, 0, 0.008, 8500, 6500, 1 },
  { "L", DEMO_SONORANT, { 350, 1080, 2700 }, NULL, 0.065, 0.6, 0, 0.008, 8500, 6500, 0.1 },
  { "R", DEMO_SONORANT, { 350, 1120, 1560 }, NULL, 0.070, 0.65, 0, 0.008, 8500, 6500, 0 },
  { "W", DEMO_SONORANT, { 300, 640, 2200 }, NULL, 0.075, 0.6, 0, 0.008, 8500, 6500, 0 },
  { "Y", DEMO_SONORANT, { 280, 2180, 3000 }, NULL, 0.070, 0.65, 0, 0.008, 8500, 6500, 0 },

  { "S", DEMO_FRICATIVE, { 350, 1450, 2550 }, NULL, 0.105, 0, 0.02, 1.0, 6300, 1700, 0 },
  { "Z", DEMO_FRICATIVE, { 300, 1450, 2550 }, NULL, 0.075, 0.3, 0.02, 0.5, 6000, 1800, 0 },
  { "V", DEMO_FRICATIVE, { 280, 1150, 2150 }, NULL, 0.055, 0.4, 0.03, 0.12, 5200, 4500, 0 },
  { "DH", DEMO_FRICATIVE, { 290, 1350, 2550 }, NULL, 0.050, 0.4, 0.03, 0.12, 5600, 4000, 0 },
  { "HH", DEMO_FRICATIVE, { 0, 0, 0 }, NULL, 0.070, 0, 0.8, 0.06, 2500, 2500, 0 },

  { "T", DEMO_STOP, { 300, 1700, 2650 }, NULL, 0.075, 0, 0.5, 0.85, 4600, 2600, 0 },
  { "D", DEMO_STOP, { 260, 1650, 2600 }, NULL, 0.055, 0.2, 0.1, 0.45, 4200, 2600, 0 },
  { "B", DEMO_STOP, { 240, 850, 2150 }, NULL, 0.060, 0.2, 0.1, 0.35, 900, 1200, 0 },
  { "G", DEMO_STOP, { 250, 1500, 2000 }, NULL, 0.065, 0.2, 0.1, 0.5, 1800, 1000, 0 },

  { "BR", DEMO_BREATH, { 560, 1500, 2500 }, NULL, 0.28, 0, 0.32, 0.02, 3000, 3000, 0 },
};

const DemoPhone *
demo_phone_find(const char *name, size_t length)
{
  for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++)
    if (strlen(phones[i].name) == length && strncmp(phones[i].name, name, length) == 0)
      return &phones[i];
  return NULL;
}

const DemoPhone *
demo_phone_parse(const char **text)
{
  while (**text == ' ')
    (*text)++;
  size_t length = strcspn(*text, " ");
  const DemoPhone *phone = demo_phone_find(*text, length);
  *text += length;
  return phone;
}
