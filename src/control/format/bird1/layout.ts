/**
 * Replies as Calico's BIRD 1.6.8 gives them. calico-node's probes, `calicoctl node status`, its route reporter and
 * bird_exporter read them word by word: columns, capitals, blanks and the order of lines are part of the contract.
 */
import { birdVersion } from '../../../version.ts';
import type { Layout } from '../layout.ts';
import { bfdHeading, bfdSession, interfaceBlock, interfaceHeading, interfaceRow, staticRoute } from './inventory.ts';
import { protocolDetail, protocolHeading, protocolRow } from './protocol.ts';
import { route } from './route.ts';
import { memory, status } from './status.ts';

export const BIRD1_LAYOUT: Layout = {
  version: birdVersion('bird1'),
  oneTable: true,
  networkNotFound: 'Network not in table',
  anyProtocolName: true,
  allStatics: false,
  status,
  memory,
  protocolHeading,
  protocolRow,
  protocolDetail,
  interfaceBlock,
  interfaceHeading,
  interfaceRow,
  staticRoute,
  bfdHeading,
  bfdSession,
  route,
};
