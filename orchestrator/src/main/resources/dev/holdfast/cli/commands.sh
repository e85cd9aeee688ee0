# What the shell that runs this has to offer: for each pattern among the arguments, the names that fit it.
#
# A job of a session, run by `holdfast export`. The patterns are $1 and so on and stay values. All is done in a copy of the
# session's shell, which knows its functions and leaves nothing behind; it defines no function, for that would be found, too.
#
# Printed are records that end with a slash, which no name of a file and no portable name of a function has in it:
#   listed           the shell can list its functions; where it cannot, they are found by their whole names only
#   pattern          what follows fits the next pattern
#   function NAME, program NAME (a file in a directory of PATH), builtin NAME (only by its whole name)
(
  set +eu -f
  IFS='
'
  if functions=$({ declare -F || typeset +f; } 2>/dev/null); then found=listed/; else found='' functions=''; fi

  for pattern do
    found=${found}pattern/
    case $pattern in *[]*?[\\]*) whole='' ;; *) whole=$pattern ;; esac

    for name in $functions; do
      name=${name#declare -f* } # bash says: declare -fx NAME
      name=${name%'()'}         # ksh93 says: NAME()
      # shellcheck disable=SC2254 # it is a pattern
      case $name in $pattern) found="${found}function $name/" ;; esac
    done
    case $found in
      listed/*) ;;
      *)
        # shellcheck disable=SC2230 # command -v does not say what it is
        case $whole:$(command type "$whole" 2>/dev/null) in
          ?*:"$whole is a function"* | ?*:"$whole is a shell function"*) found="${found}function $whole/" ;;
        esac
        ;;
    esac

    IFS=:
    for directory in $PATH; do
      set +f
      for file in "${directory:-.}"/*; do
        name=${file##*/}
        # shellcheck disable=SC2254
        case $name in
          $pattern) if [ -f "$file" ] && [ -x "$file" ]; then found="${found}program $name/"; fi ;;
        esac
      done
      set -f
    done
    IFS='
'

    case $found in
      *pattern/)
        case $whole:$(command -v "$whole" 2>/dev/null) in
          ?*:"$whole") found="${found}builtin $whole/" ;;
        esac
        ;;
    esac
  done

  command cat <<holdfast_end
$found
holdfast_end
)
