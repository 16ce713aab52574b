#pragma once

namespace assay::apps {

/// Parses the command line and runs the command that it names; the exit code. A mistake on the
/// command line is said on standard error with the nearest option or command, and ends with 2.
int run_command_line(int argc, char** argv);

}  // namespace assay::apps
