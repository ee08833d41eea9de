#!/bin/sh
# SPDX-License-Identifier: ISC
# Builds the fuzzers with clang, ASan and UBSan, and runs each for SECONDS, starting from fuzz/corpus:
#
#	fuzz/run.sh [--afl] [--keep] SECONDS [FUZZER...]
#
# --afl runs AFL++ instead of libFuzzer; --keep merges new inputs into the corpus. Builds in $FUZZ_DIR (default:
# ./fuzz-build). Prints the number of runs of each fuzzer; the status is 1 if one failed.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
engine=libfuzzer keep=
while :; do
	case ${1-} in
	--afl) engine=afl ;;
	--keep) keep=yes ;;
	*) break ;;
	esac
	shift
done
seconds=${1:?seconds}
shift
[ $# -gt 0 ] || set -- walk message escape parse notify
dir=${FUZZ_DIR:-fuzz-build}
mkdir -p "$dir"

sanitize=address,undefined
flags="-std=c11 -g -O1 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I$top/src -I$top -fno-sanitize-recover=all"
flags="$flags -include $dir/config.h -Dmain=fdpass_main -w"
flags="$flags $(pkg-config --cflags libbsd-overlay)"
libs=$(pkg-config --libs libbsd-overlay)
case $engine in
libfuzzer) cc=clang fuzzed="-fsanitize=fuzzer-no-link,$sanitize" linked="-fsanitize=fuzzer,$sanitize" ;;
afl) cc=afl-clang-fast fuzzed="-fsanitize=$sanitize" linked="-fsanitize=fuzzer,$sanitize" ;;
esac
cat >"$dir/config.h" <<END
#define PACKAGE_VERSION "fuzz"
#define FDPASS_LIBBSD "fuzz"
#define FDPASS_SECCOMP 0
#define FDPASS_LANDLOCK 0
END

# Object files of all directories go into one directory. They are rebuilt each time, because a header may have changed.
objects=$dir/$engine
rm -rf "$objects"
mkdir -p "$objects"
for source in "$top"/src/*.c "$top"/src/*/*.c; do
	[ "${source##*/}" != generate.c ] || continue # a program of the build, with its own main()
	echo "$cc $flags $fuzzed -I$dir -c $source -o $objects/$(echo "${source#"$top"/src/}" | tr / -).o"
done | tr '\n' '\0' | xargs -0 -n 1 -P "$(nproc)" sh -c

status=0
for name in "$@"; do
	# shellcheck disable=SC2086 # lists of words
	$cc $flags $fuzzed -Umain -c "$top/fuzz/$name.c" -o "$dir/$engine-$name.o"
	# shellcheck disable=SC2086
	$cc $linked "$dir/$engine-$name.o" "$objects"/*.o $libs -o "$dir/$engine-$name"
	mkdir -p "$dir/found/$name" "$top/fuzz/corpus/$name"
	echo "== $name, $seconds seconds"
	log=$dir/$name.log
	if [ $engine = afl ]; then
		[ -n "$(ls "$top/fuzz/corpus/$name")" ] || echo x >"$top/fuzz/corpus/$name/x"
		rm -rf "$dir/afl/$name"
		AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 FUZZ_QUIET=1 \
			afl-fuzz -V "$seconds" -m none -x "$top/fuzz/fdpass.dict" -i "$top/fuzz/corpus/$name" \
			-o "$dir/afl/$name" -- "$dir/$engine-$name" >"$log" 2>&1 || status=1
		grep -E '^(execs_done|saved_crashes|saved_hangs)' "$dir/afl/$name/default/fuzzer_stats" || status=1
		grep -q '^saved_crashes *: 0$' "$dir/afl/$name/default/fuzzer_stats" || status=1
		continue
	fi
	if "$dir/$engine-$name" -max_total_time="$seconds" -dict="$top/fuzz/fdpass.dict" -timeout=20 \
		-close_fd_mask=2 -print_final_stats=1 -artifact_prefix="$dir/$name-" "$dir/found/$name" \
		"$top/fuzz/corpus/$name" >"$log" 2>&1; then
		grep -E 'stat::number_of_executed_units' "$log"
	else
		tail -n 40 "$log"
		status=1
	fi
	[ -z "$keep" ] || "$dir/$engine-$name" -merge=1 "$top/fuzz/corpus/$name" "$dir/found/$name" >/dev/null 2>&1
done
[ $status = 0 ] && echo "fuzzing: no defect"
exit $status
