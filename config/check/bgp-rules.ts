/** All rules of BGP sessions, in the order in which their complaints are most useful. */

import { addressesAreOfOneFamily } from './addresses-are-of-one-family.ts';
import type { BgpRule } from './bgp-check.ts';
import { clientsFitTheSession } from './clients-fit-the-session.ts';
import { externalPolicyIsExplicit } from './external-policy-is-explicit.ts';
import { firstAsIsExternal } from './first-as-is-external.ts';
import { flowspecOptionsFit } from './flowspec-options-fit.ts';
import { igpTableFits } from './igp-table-fits.ts';
import { kindFitsAsNumbers } from './kind-fits-as-numbers.ts';
import { linkLocalHasInterface } from './link-local-has-interface.ts';
import { longLivedRestartHasRestart } from './long-lived-restart-has-restart.ts';
import { memberHasConfederation } from './member-has-confederation.ts';
import { multihopBfdHasSource } from './multihop-bfd-has-source.ts';
import { multihopStandsAlone } from './multihop-stands-alone.ts';
import { passwordIsUsed } from './password-is-used.ts';
import { rolesAreExternal } from './roles-are-external.ts';
import { sidesAreNamed } from './sides-are-named.ts';
import { sortedTablesFit } from './sorted-tables-fit.ts';
import { strictBindHasAddress } from './strict-bind-has-address.ts';
import { timesFitTogether } from './times-fit-together.ts';

export const BGP_RULES: readonly BgpRule[] = [
  sidesAreNamed,
  kindFitsAsNumbers,
  externalPolicyIsExplicit,
  linkLocalHasInterface,
  multihopStandsAlone,
  multihopBfdHasSource,
  strictBindHasAddress,
  addressesAreOfOneFamily,
  clientsFitTheSession,
  rolesAreExternal,
  memberHasConfederation,
  firstAsIsExternal,
  timesFitTogether,
  longLivedRestartHasRestart,
  sortedTablesFit,
  igpTableFits,
  flowspecOptionsFit,
  passwordIsUsed,
];
