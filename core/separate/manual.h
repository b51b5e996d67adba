/* Separation by hand: no method at all. Everything lies in one source, "rest", whose mask is one everywhere;
 * the person adds sources and moves cells to them.
 *
 * Source: "rest". No knobs.
 */
#pragma once

#include "core/separate/method.h"

extern const SgMethodClass sg_manual_class;
