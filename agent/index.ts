/** The agent as other rooms may use it: the command builds devices with it, the fixtures build them by hand. */

export { API_SOCKET, apiSockets, LOOK_SOCKET, openApi } from './adapters/api.ts';
export { API_DOCUMENT, type ApiDocument } from './adapters/api-document.ts';
export { MOST_LISTENERS } from './adapters/api-events.ts';
export { ROUTES } from './adapters/api-routes.ts';
export { EVENTS_PATH } from './adapters/api-server.ts';
export type { ApiParts } from './adapters/api-wish.ts';
export { OPEN_GATES } from './adapters/configured-gates.ts';
export { configuredSource, openSource } from './adapters/configured-source.ts';
export { type DataFiles, REAL_FILES } from './adapters/data-files.ts';
export { type DataPlaces, FolderSnapshots } from './adapters/data-snapshots.ts';
export { type DeviceStatus, deviceStatus, type SlotStatus } from './adapters/device-status.ts';
export type { Contents, Packed } from './adapters/diag-archive.ts';
export { createFolderSource } from './adapters/folder-source.ts';
export { type History, historyOf, MOST_HISTORY, readHistory } from './adapters/history.ts';
export { acquireLock, type LockHolder, lockHolder } from './adapters/lock.ts';
export { configuredMcuLine, type McuLine } from './adapters/mcu-line.ts';
export { openStore } from './adapters/open-store.ts';
export { REMOTE_HEATING_FILE } from './adapters/remote-heating-file.ts';
export type { StoreReader } from './adapters/sqlite-store-reader.ts';
export { STATUS_FILE } from './adapters/status-file.ts';
export { openFileVault, RegionVault } from './adapters/vault.ts';
export { type Config, parseConfig, refuseWarnings } from './config.ts';
export { Daemon, type DaemonParts } from './daemon.ts';
export { Deadline, type DeadlineMemory } from './deadline.ts';
export type { Device, Policy } from './device.ts';
export type { Collected } from './diagnostics.ts';
export { enter } from './enter.ts';
export { AgentError, type AgentErrorCode, ERROR_TABLE, type Policy as ErrorPolicy } from './errors.ts';
export { type Condition, type Happening, type Phase, type ProgressEvent, Reporter } from './events.ts';
export { runAgent } from './main.ts';
export type { ClosedDeployment, Deployment, FailureCounts } from './model/deployment.ts';
export { isGood } from './model/entry-table.ts';
export { refusalOf } from './model/failures.ts';
export { type ChainVerdict, checkChain, type HistoryHead, historyDigest } from './model/history-chain.ts';
export { PairKeeper } from './model/mcu-pair.ts';
export { requireNode } from './model/node-abi.ts';
export { EMPTY_VAULT, encodeVaultRecord, VAULT_COPY_BYTES } from './model/vault-record.ts';
export type { Seal, VaultRecord } from './model/vault-rows.ts';
export { type VerifiedManifest, verifyManifest } from './model/verified-manifest.ts';
export type { RequestVerb } from './model/walk-request.ts';
export { obeyCancel, obeyConfirm, obeyPause, obeyResume, obeyRollback } from './obey.ts';
export {
  type Board,
  bootedSlot,
  loadConfig,
  newReporter,
  type Opened,
  openBootControl,
  openDevice,
  openSlots,
  openToRead,
  openVault,
  storePath,
} from './open-device.ts';
export type {
  BootControl,
  Clock,
  DataSnapshots,
  HealthCheck,
  ImageReader,
  ImageTarget,
  Mcu,
  McuAnswer,
  McuHand,
  OwnFirmware,
  Rebooter,
  RemoteHeating,
  SlotName,
  Slots,
  Source,
  Store,
  Vault,
} from './ports.ts';
export { type UpdateHow, type UpdateOutcome, update } from './update.ts';
export { AGENT_VERSION } from './version.ts';
export { agentIsUp, noteAgentStart } from './walk/agent-starts.ts';
export { sealOf } from './walk/finalise.ts';
export { isPaused, rememberPaused } from './walk/persons.ts';
export { checkSeal, type SealVerdict } from './walk/seal.ts';
export { Stopped } from './walk/stopped.ts';
export { verify } from './walk/verify.ts';

/** What makes a diagnostics archive, loaded only by who makes one. */
export async function diagnostics() {
  return { ...(await import('./diagnostics.ts')), ...(await import('./adapters/diag-archive.ts')) };
}
