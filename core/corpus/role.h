/* The four stems that the corpus has. */
#pragma once

typedef enum { SG_ROLE_DRUMS, SG_ROLE_BASS, SG_ROLE_OTHER, SG_ROLE_VOCALS, SG_N_ROLES } SgRole;

/* "drums", "bass", "other", "vocals": also the stems' file names. */
const char *sg_role_id(SgRole role);
