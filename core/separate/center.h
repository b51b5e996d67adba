/* Separation by place between left and right: azimuth discrimination (D. Barry, B. Lawlor and E. Coyle,
 * "Sound source separation: azimuth discrimination and resynthesis", DAFx 2004), for stereo only.
 *
 * A source that is panned by gains alone vanishes from |L − gR| (or |R − gL|, for g ≤ 1 scales the louder
 * channel down to the softer one) at the g of its place. The paper searches g in β steps; here its minimum
 * over 0 ≤ g ≤ 1 is in closed form, with the louder channel called A and the softer B:
 *   g = clamp(Re(A·B*)/|A|², 0, 1),  min² = |B − gA|²,  max² = max(|B|², |B − A|²).
 * The place is the angle of the constant-power pan law, p = ±(1 − 4/π·atan g): −1 left, 0 centre, +1 right.
 * What vanishes there is 1 − min/max of the cell, so the mask is
 *   vocals = w(p) · (1 − min/max),  sides = 1 − vocals,  for both channels,
 * where w is 1 within half the width of the position and falls to 0 by cos² within as much again. Below
 * `lowest` and above `highest` all is sides.
 *
 * Sources: "vocals", "sides". Knobs: "position" −1 … 1 and "width" in the same unit, "lowest" and "highest"
 * in Hz. Songs that are not stereo are refused (SG_NEEDS_STEREO).
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_center_class;
