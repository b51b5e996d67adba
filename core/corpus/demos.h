/* Songs that people composed: the demo projects that come with LMMS, played by LMMS itself.
 *
 * LMMS renders each track of a project by itself ("lmms rendertracks"); tracks become stems by their names,
 * which are mostly those of samples ("bassdrum04.ogg", "Hat_c.ds", "Bass"), and tracks that tell nothing by
 * their spectrum. Nobody sings in them. They are taken where Debian's lmms-common installs them, with the
 * licences that its copyright file states; without the program lmms there are none.
 *
 * Ownership: nothing is kept. Threads: any, on folders of their own. Errors: SG_NOT_FOUND (LMMS made nothing
 * of the project), SG_CANCELLED, SG_NO_MEMORY, those of sg_clip_load.
 */
#pragma once

#include "core/base/json.h"
#include "core/corpus/song.h"

/* How many projects there are to render; 0 without LMMS. */
size_t sg_demos_count(void);

/* Renders one, at most max_s seconds of it. `folder` is a new name for a folder to work in, which is gone
 * again when the call returns. `out_arrangement` gets origin and duration, no notes. The stems are equally
 * long and their sum stays within full scale. */
SgStatus sg_demo_render(size_t index, const char *folder, double max_s, const atomic_bool *stop,
                        SgArrangement *out_arrangement, SgSong *out_song, SgError *error);

/* The stem that a track of this name, as LMMS names its file ("4_Kick.wav"), belongs to; −1 when its name
 * tells nothing. */
int sg_demo_role(const char *file_name);

/* Adds the projects with their licences to a manifest's sources. */
void sg_demos_describe(SgJson *sources);
