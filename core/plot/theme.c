#include "core/plot/theme.h"

#include <string.h>

#define RGB(r, g, b)                                                                                         \
  {                                                                                                          \
    (r) / 255.0, (g) / 255.0, (b) / 255.0                                                                    \
  }
#define BLUE RGB(0x00, 0x72, 0xb2)
#define VERMILLION RGB(0xd5, 0x5e, 0x00)
#define GREEN RGB(0x00, 0x9e, 0x73)
#define PURPLE RGB(0xcc, 0x79, 0xa7)
#define ORANGE RGB(0xe6, 0x9f, 0x00)
#define SKY_BLUE RGB(0x56, 0xb4, 0xe9)
#define YELLOW RGB(0xf0, 0xe4, 0x42)
#define BLACK RGB(0x00, 0x00, 0x00)

static const SgTheme themes[SG_N_THEMES] = {
  [SG_THEME_LIGHT] = { .background = RGB(0xff, 0xff, 0xff),
                       .text = RGB(0x1e, 0x1e, 0x1e),
                       .muted = RGB(0x66, 0x66, 0x6c),
                       .grid = RGB(0xe2, 0xe2, 0xe4),
                       .series = { BLUE, VERMILLION, GREEN, PURPLE, BLACK, ORANGE, SKY_BLUE } },
  [SG_THEME_DARK] = { .background = RGB(0x1e, 0x1e, 0x20),
                      .text = RGB(0xf2, 0xf2, 0xf2),
                      .muted = RGB(0xa9, 0xa9, 0xb0),
                      .grid = RGB(0x3a, 0x3a, 0x3e),
                      .series = { SKY_BLUE, ORANGE, GREEN, PURPLE, YELLOW, VERMILLION, BLUE } },
};

static const char *const names[SG_N_THEMES] = { "light", "dark" };

const SgTheme *
sg_theme(SgThemeId id)
{
  return &themes[id];
}

const char *
sg_theme_name(SgThemeId id)
{
  return names[id];
}

bool
sg_theme_find(const char *name, SgThemeId *out_id)
{
  for (int id = 0; id < SG_N_THEMES; id++)
    if (strcmp(name, names[id]) == 0) {
      *out_id = (SgThemeId)id;
      return true;
    }
  return false;
}
