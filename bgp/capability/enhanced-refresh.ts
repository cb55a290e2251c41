/** Enhanced Route Refresh (70), RFC 7313 section 3.1: no value. */
import { CapabilityCode } from './code.ts';
import { switchCapability } from './descriptor.ts';

export const enhancedRefresh = switchCapability(
  CapabilityCode.EnhancedRefresh,
  'Enhanced refresh',
  (capabilities) => capabilities.enhancedRefresh,
  (capabilities) => {
    capabilities.enhancedRefresh = true;
  },
);
