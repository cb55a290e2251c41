/** The door of the configuration: files to `DaemonConfig`, the plan from one to the next, filters, and the tokens of commands. */
export type { Manifests } from './datastore/manifests.ts';
export { loadManifests } from './datastore/manifests.ts';
export type { BgpConfigurationResource } from './datastore/resource/bgp-configuration.ts';
export type { BgpFilterResource, FilterRule } from './datastore/resource/bgp-filter.ts';
export type { BgpPeerResource } from './datastore/resource/bgp-peer.ts';
export type { BlockAffinityResource, IpamBlockResource } from './datastore/resource/block.ts';
export type { AddressWithNetwork, Problem } from './datastore/resource/fields.ts';
export type { IpPoolResource } from './datastore/resource/ip-pool.ts';
export type { Json, JsonObject } from './datastore/resource/json.ts';
export { canonicalText, parseJson } from './datastore/resource/json.ts';
export type { Manifest, ManifestFault, ManifestItem } from './datastore/resource/manifest.ts';
export type { NodeResource } from './datastore/resource/node.ts';
export type { NodeStatusResource, StatusClass } from './datastore/resource/node-status.ts';
export type { KindInfo, ReadResource, Resource, ResourceId, ResourceKind } from './datastore/resource/resource.ts';
export { idOf, idText, KINDS, kindInfo, kindNamed, readResource } from './datastore/resource/resource.ts';
export { parseSelector, Selector, SelectorError } from './datastore/resource/selector.ts';
export type { FollowerEvents, Waiter } from './datastore/store/follower.ts';
export { Follower, SYSTEM_WAITER } from './datastore/store/follower.ts';
export { MemoryStore } from './datastore/store/memory-store.ts';
export { openStore } from './datastore/store/open.ts';
export type {
  Expected,
  Snapshot,
  Store,
  StoreBatch,
  StoreChange,
  StoredResource,
  StoreFault,
} from './datastore/store/store.ts';
export { StoreConflict, StoreRefused, StoreUnavailable } from './datastore/store/store.ts';
export type { StoreUrl } from './datastore/store/store-url.ts';
export { labelOf, parseStoreUrl, StoreUrlError } from './datastore/store/store-url.ts';
export type { Cluster } from './datastore/translate/cluster.ts';
export { ClusterModel } from './datastore/translate/cluster.ts';
export type { NodeNames } from './datastore/translate/node-config.ts';
export { NodeConfigMaker } from './datastore/translate/node-config.ts';
export type { PlanOptions as NodePlanOptions } from './datastore/translate/node-plan.ts';
export { planNode } from './datastore/translate/node-plan.ts';
export type { LocalWorkload } from './datastore/translate/peerings.ts';
export type { FamilyPlan, NodePlan, PlanNote, Session, SessionKind } from './datastore/translate/plan.ts';
export { printConfig } from './datastore/translate/print.ts';
export type { Dialect } from './dialect.ts';
export type { EvalResult } from './filter/declarations.ts';
export { evaluateExpression, readConstant } from './filter/declarations.ts';
export type { FilterHost } from './filter/environment.ts';
export { FilterEnvironment } from './filter/environment.ts';
export { readPolicy } from './filter/reader.ts';
export type { FilterTestResult } from './filter/tests.ts';
export { FilterTests } from './filter/tests.ts';
export { ValidationTables } from './filter/validation.ts';
export { matchesGlob } from './glob.ts';
export { interfaceMatches } from './interface-pattern.ts';
export type { Loaded, LoadOptions, Refused } from './load.ts';
export { loadConfig, parseConfig } from './load.ts';
export type * from './model.ts';
export { DebugMask } from './model.ts';
export type { ChannelStep, PlanOptions, ProtocolStep, ReconfigurationPlan } from './reconfigure.ts';
export { compareProtocols, describePlan, planIsEmpty, planReconfiguration } from './reconfigure.ts';
export { sameMeaning } from './same-meaning.ts';
export type { ConfigSymbol, SymbolKind } from './scope.ts';
export { Scope } from './scope.ts';
export type { Diagnostic } from './syntax/diagnostic.ts';
export { ConfigError, diagnosticHeadline, didYouMean, formatDiagnostic, nearest } from './syntax/diagnostic.ts';
export type { ConfigFiles, FileResult } from './syntax/files.ts';
export { addressOf, atAddress, atPrefix, readPrefix } from './syntax/literals.ts';
export { Source } from './syntax/source.ts';
export type { Token } from './syntax/token.ts';
export { TokenKind } from './syntax/token.ts';
export type { TokenStreamOptions } from './syntax/token-stream.ts';
export { TokenStream } from './syntax/token-stream.ts';
