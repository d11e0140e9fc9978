// A function for each show, in the file of that name.
#pragma once

#include "viz/shows/story.h"

namespace sediment::viz {

Made make_first_append();
Made make_overwrite();
Made make_probe_chain();
Made make_rotation();
Made make_lookup();
Made make_merge();
Made make_tombstone_too_early();
Made make_not_durable();
Made make_torn_tail();
Made make_crash_in_publish();
Made make_why_a_log();
Made make_what_fsync_costs();
Made make_merge_policy();
Made make_rot_or_tear();
Made make_snapshot_and_fast_open();
Made make_failing_fsync();
Made make_reader_beside_writer();
Made make_limits();

}  // namespace sediment::viz
