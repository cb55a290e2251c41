/** Route Refresh (2), RFC 2918 section 2: no value. */
import { CapabilityCode } from './code.ts';
import { switchCapability } from './descriptor.ts';

export const routeRefresh = switchCapability(
  CapabilityCode.RouteRefresh,
  'Route refresh',
  (capabilities) => capabilities.routeRefresh,
  (capabilities) => {
    capabilities.routeRefresh = true;
  },
);
