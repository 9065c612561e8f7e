SCRIPTS += printjob
printjob_SRCS = cmd/printjob/printjob.sh
