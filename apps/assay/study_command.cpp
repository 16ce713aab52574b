#include <utility>

#include "analysis/campaign/study_file.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/running.hpp"
#include "apps/assay/sweeping.hpp"

namespace assay::apps {

int study(const StudyOptions& options) {
  analysis::Study study = analysis::load_study(options.file);
  protocol::Complaints complaints;
  apply_flags(options.flags, study.plan, complaints);
  complaints.throw_if_any();
  SweepRequest request;
  request.plan = std::move(study.plan);
  request.metrics = std::move(study.metrics);
  request.name = study.name;
  request.question = study.question;
  request.command = "assay study " + shell_quoted(options.file) + flags_text(options.flags);
  request.flags = options.flags;
  return run_sweep(std::move(request));
}

}  // namespace assay::apps
