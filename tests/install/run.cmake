# run(OUTPUT_VARIABLE COMMAND…): the command must succeed; its output goes to the variable.
function(run output_variable)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result STREQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}\nended with ${result}; see ${work}")
  endif()
  set(${output_variable} "${output}" PARENT_SCOPE)
endfunction()
