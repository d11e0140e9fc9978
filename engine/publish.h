// Publishing a manifest: the one commit point of the store.
//
// Whatever a roll, a merge, an open or a close does to files before it publishes, and however it is interrupted, the
// store is the old one; from the moment the manifest is published it is the new one.
//
//   1  remove any MANIFEST.tmp that an earlier crash left
//   2  write MANIFEST.tmp as a new file, fsync it       so that the name never points to a half-written file
//   3  rename it to MANIFEST                            readers of the directory see the old one or the new one
//   4  fsync the directory                              COMMIT: a power cut cannot bring the old one back
//
// Source of the trick: every file system textbook; of the need for step 4: LevelDB issue 195.
#pragma once

#include "engine/disk.h"
#include "engine/manifest.h"
#include "engine/status.h"

namespace sediment {

/// Steps 1 to 4. After kNoSpace or kNoMemory nothing has changed, nor if it throws (that is, for lack of memory). After
/// any other error it is unknown which manifest a power cut would show.
Status publish_manifest(Disk& disk, const Manifest& manifest);

/// The same in two halves, for a protocol with a step between them that must not be in vain. Steps 1 and 2: what may
/// run out of space or memory does so here.
Status write_manifest(Disk& disk, const Manifest& manifest);
/// Steps 3 and 4.
Status switch_manifest(Disk& disk);

}  // namespace sediment
