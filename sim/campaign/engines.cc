#include "sim/campaign/engines.h"

#include <fmt/format.h>

#include <algorithm>

namespace sediment::sim {

namespace {

// What a default Slurm takes as the largest array (MaxArraySize 1001).
constexpr std::uint64_t kMostTasks = 1000;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// {0}: the program, quoted. {1}: units. {2}: tasks.
constexpr const char* kParallel = R"form(#!/bin/bash
# Runs all units of this campaign with GNU parallel, one for each core. Run it again at any time: complete units are skipped.
#   ./run.sh                                    JOBS=4 ./run.sh: four at a time
#   ./run.sh --sshloginfile machines.txt        on other machines, too, which have this folder under the same path
set -u
cd "$(dirname "${{BASH_SOURCE[0]}}")"
program=${{SEDIMENT_SIM:-{0}}}
if command -v parallel >/dev/null; then
  exec parallel --jobs "${{JOBS:-100%}}" --retries 3 --workdir "$PWD" "$@" "$program" campaign run {{}} ::: units/*.json
fi
echo 'GNU parallel is not installed; xargs runs the units' >&2
printf '%s\0' units/*.json | xargs -0 -n 1 -P "${{JOBS:-$(nproc)}}" "$program" campaign run
)form";

constexpr const char* kSlurm = R"form(#!/bin/bash
# Runs this campaign as a Slurm job array:   cd THIS-FOLDER && sbatch submit.slurm
# Submit it again at any time: complete units are skipped. Each task runs every {2}th unit; a unit that ends with an error is
# tried three times.
#SBATCH --job-name=sediment
#SBATCH --array=0-{3}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=slurm-%a.txt
set -u
program=${{SEDIMENT_SIM:-{0}}}
failed=0
for ((unit = SLURM_ARRAY_TASK_ID; unit < {1}; unit += {2})); do
  for attempt in 1 2 3; do
    "$program" campaign run "units/$(printf '%05d' "$unit").json" && break
    ((attempt == 3)) && failed=1
  done
done
exit $failed
)form";

constexpr const char* kKubernetes = R"form(# Runs this campaign as an indexed Job:   kubectl apply -f job.yaml
# Put the image and the claim of the volume that holds this folder in place of the two names in capitals. The program in the
# image must be the one that made the plan, byte for byte.
apiVersion: batch/v1
kind: Job
metadata:
  name: sediment
spec:
  completionMode: Indexed
  completions: {1}
  parallelism: {2}
  backoffLimitPerIndex: 3
  maxFailedIndexes: {1}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: sediment-sim
          image: IMAGE-WITH-SEDIMENT-SIM
          workingDir: /campaign
          command: ["/bin/sh", "-c"]
          args: ["exec sediment-sim campaign run units/$(printf '%05d' \"$JOB_COMPLETION_INDEX\").json"]
          resources:
            requests: {{cpu: "1", memory: 1Gi}}
            limits: {{memory: 2Gi}}
          volumeMounts:
            - {{name: campaign, mountPath: /campaign}}
      volumes:
        - name: campaign
          persistentVolumeClaim: {{claimName: CLAIM-OF-THE-CAMPAIGN}}
)form";

}  // namespace

std::vector<EngineFile> engine_files(std::uint64_t units, const std::string& program) {
  const std::uint64_t tasks = std::min(units, kMostTasks);
  const auto filled = [&](const char* form) {
    return fmt::format(fmt::runtime(form), quoted(program), units, tasks, tasks - 1);
  };
  return {{"run.sh", filled(kParallel), true},
          {"submit.slurm", filled(kSlurm), true},
          {"job.yaml", filled(kKubernetes), false}};
}

}  // namespace sediment::sim
