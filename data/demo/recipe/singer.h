#pragma once

/* Sings the melody with one voice. */

#include <stdbool.h>

#include "glottis.h"
#include "plan.h"
#include "track.h"

/* Adds the voice, dry and in the middle, into TRACK. False when there is no memory. */
bool demo_sing(const DemoVoice *voice, const DemoGlottisTables *tables, DemoTrack *track);
