// Publishing a manifest: the one commit point of the store.
//
// Until the manifest is published, the store is the old one, no matter what a roll, a merge, an open or a close has
// done to files, or where it is interrupted. From the moment the manifest is published, the store is the new one.
//
//   1  remove any MANIFEST.tmp that an earlier crash left
//   2  write MANIFEST.tmp as a new file, fsync it       so that the name never points to a half-written file
//   3  rename it to MANIFEST                            readers of the directory see the old one or the new one
//   4  fsync the directory                              COMMIT: a power cut cannot bring the old one back
//
// Sources: for the trick, every file system textbook; for the need of step 4, LevelDB issue 195.
#pragma once

#include "engine/disk.h"
#include "engine/manifest.h"
#include "engine/status.h"

namespace sediment {

/// Steps 1 to 4. If it returns kNoSpace or kNoMemory, or throws for lack of memory, nothing has changed. After any
/// other error it is unknown which manifest would be there after a power cut. On a full disk it returns kNoSpace, and
/// removes what it could not write to the end. A file that is missing on the way is an I/O error, never kNotFound.
Status publish_manifest(Disk& disk, const Manifest& manifest);

/// The same in two halves, for a protocol with a step in between that must not be done in vain. Steps 1 and 2:
/// everything that may run out of space or memory happens here.
Status write_manifest(Disk& disk, const Manifest& manifest);
/// Steps 3 and 4.
Status switch_manifest(Disk& disk);

}  // namespace sediment
