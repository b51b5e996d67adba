/* The change from deck to deck: when a new one is due, where it begins, and what it takes over.
 *
 * A jump begins where it was told to, at once. A change of what is heard (another source, style or masks)
 * begins a little ahead of the mixer, at the sample that the playing deck will have reached there, and the
 * callback cross-fades.
 *
 * Internal to streamer. Threads: the streamer's only, without the orders' lock. Audio callback: never.
 * Errors: as of sg_decks_load.
 */
#pragma once

#include "core/play/decks.h"

/* Begins to load a new deck where one is due and a deck is unused. */
SgStatus sg_deck_change_begin(SgDecks *decks, SgError *error);

/* Takes a deck back that has been offered so late, after a stall of this thread, that it could not catch up.
 */
void sg_deck_change_redo_late(SgDecks *decks);
