/** Replies as BIRD 2.0.12 gives them. */
import { birdVersion } from '../../version.ts';
import {
  formatBfdHeading,
  formatBfdSession,
  formatInterface,
  formatInterfaceHeading,
  formatInterfaceSummary,
  formatStaticRoute,
} from './inventory.ts';
import type { Layout } from './layout.ts';
import { formatProtocolDetail, formatProtocolHeading, formatProtocolRow } from './protocol.ts';
import { formatRoute } from './route.ts';
import { formatMemory, formatStatus } from './status.ts';

export const BIRD2_LAYOUT: Layout = {
  version: birdVersion('bird2'),
  oneTable: false,
  networkNotFound: 'Network not found',
  anyProtocolName: false,
  allStatics: true,
  status: formatStatus,
  memory: formatMemory,
  protocolHeading: formatProtocolHeading,
  protocolRow: formatProtocolRow,
  protocolDetail: formatProtocolDetail,
  interfaceBlock: formatInterface,
  interfaceHeading: formatInterfaceHeading,
  interfaceRow: formatInterfaceSummary,
  staticRoute: formatStaticRoute,
  bfdHeading: formatBfdHeading,
  bfdSession: formatBfdSession,
  route: formatRoute,
};
