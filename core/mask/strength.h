/* Strength: how hard the sources are pulled apart, applied to stored masks.
 *
 * From codes q_j: M_j = q_j² / Σ_k q_k² (shared equally where all are zero), clamped to [2⁻¹⁶, 1 − 2⁻¹⁶];
 *   r_j = σ(α_j · logit M_j) = 1 / (1 + ((1 − M_j)/M_j)^α_j),   M'_j = r_j / Σ_k r_k.
 * α_j = 1 for every source is the identity (M unclamped); larger hardens towards a binary mask, smaller
 * softens towards equal shares. A source with M_j > ½ never loses by raising its own α. The M' of a cell sum
 * to one, so the stems sum to the mixture.
 *
 * Threads: no shared state. Audio callback: no.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SG_MAX_SOURCES = 16 };

/* α is kept within these bounds by whoever sets it. */
#define SG_STRENGTH_MIN 0.0f
#define SG_STRENGTH_MAX 8.0f

/* codes[n_sources][n_cells] → out_masks[n_sources][n_cells] for the strengths alpha[n_sources]. */
void sg_strength_apply(const uint8_t *codes, size_t n_sources, size_t n_cells, const float *alpha,
                       float *out_masks);
