# Writes OUTPUT, a header with the commit that is being built. Runs in every build, touches the file
# only when its text changes, so that a build without a new commit compiles nothing.
cmake_minimum_required(VERSION 3.25)
find_program(git NAMES git)
set(commit "unknown")
if(git)
  # A checkout that belongs to somebody else is read all the same: nothing in it is executed.
  execute_process(
    COMMAND "${git}" -c "safe.directory=*" describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY "${SOURCE_DIR}"
    OUTPUT_VARIABLE described RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed)
    set(commit "${described}")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#pragma once\n\n#define ASSAY_COMMIT \"@commit@\"\n" @ONLY)
