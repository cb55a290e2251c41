/** BGP Extended Message (6), RFC 8654 section 3: no value. */
import { CapabilityCode } from './code.ts';
import { switchCapability } from './descriptor.ts';

export const extendedMessage = switchCapability(
  CapabilityCode.ExtendedMessage,
  'Extended message',
  (capabilities) => capabilities.extendedMessage,
  (capabilities) => {
    capabilities.extendedMessage = true;
  },
);
