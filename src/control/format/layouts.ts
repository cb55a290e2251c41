/** The layout of each dialect. */
import type { Dialect } from '../../../config/index.ts';
import { BIRD1_LAYOUT } from './bird1/layout.ts';
import { BIRD2_LAYOUT } from './bird2-layout.ts';
import type { Layout } from './layout.ts';

const LAYOUTS: Readonly<Record<Dialect, Layout>> = { bird1: BIRD1_LAYOUT, bird2: BIRD2_LAYOUT };

export function layoutOf(dialect: Dialect): Layout {
  return LAYOUTS[dialect];
}
