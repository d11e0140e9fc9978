"""The commands of ./dev lab for instructors."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from autograder import autograder
from grade_all import Stop, grade_all, read_secret
from grades import BadTable, compare, histogram, read_table
from handout import handout
from similar import similar
from submissions import Unusable, read_roster, seed_of

EXAMPLES = """
  ./dev lab 5 grade-all submissions/ --out grades.csv
  ./dev lab 5 grade-all submissions/ --out grades.csv --roster roster.csv --secret ~/secret --adjustments extra.csv --late-percent 10
  ./dev lab 5 grade-all submissions/ --out grades.csv --slurm
  ./dev lab 5 histogram grades.csv
  ./dev lab 5 compare grades.csv regraded.csv
  ./dev lab 5 similar submissions/
  ./dev lab 5 autograder lab5.zip --secret ~/secret
  ./dev lab handout ~/labs-for-students --labs 1,2,5

Begun again, grade-all grades only what is new: other submissions, another seed, or a grader that has changed."""



def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev lab [N]", description="Grades a class, and makes what it needs.", epilog="Examples:\n" + EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--inputs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lab", type=int, default=0, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True)
    grade = commands.add_parser("grade-all", help="grade a folder of submissions", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    grade.add_argument("submissions", type=pathlib.Path, help="a folder with a folder, a zip or a file for each student")
    grade.add_argument("--out", type=pathlib.Path, default=pathlib.Path("grades.csv"), help="the table; reports go into the folder OUT.d")
    grade.add_argument("--roster", type=pathlib.Path, help="a CSV file with a column id: who must hand in")
    grade.add_argument("--secret", type=pathlib.Path, help="a file outside of the repository; each student gets a seed that is made from it")
    grade.add_argument("--seed", type=int, default=1, help="without a secret: the seed of all (1)")
    grade.add_argument("--adjustments", type=pathlib.Path, help="a CSV file with student,what,value,reason; what is a check, total, or late (in days)")
    grade.add_argument("--late-percent", type=float, default=0, help="taken off for each late day")
    grade.add_argument("--jobs", type=int, default=0, help="at the same time (as many as there are cores; with Slurm: no limit)")
    grade.add_argument("--slurm", action="store_true", help="as a job array of Slurm; the folders must be visible on all nodes")
    shape = commands.add_parser("histogram", help="how many pass each check")
    shape.add_argument("table", type=pathlib.Path)
    difference = commands.add_parser("compare", help="whose marks differ between two tables")
    difference.add_argument("old", type=pathlib.Path)
    difference.add_argument("new", type=pathlib.Path)
    seeds = commands.add_parser("seeds", help="print each student's seed")
    seeds.add_argument("--roster", type=pathlib.Path, required=True)
    seeds.add_argument("--secret", type=pathlib.Path, required=True)
    alike = commands.add_parser("similar", help="which submissions share code, with Debian's similarity-tester")
    alike.add_argument("submissions", type=pathlib.Path)
    alike.add_argument("--roster", type=pathlib.Path, help="a CSV file with a column id")
    alike.add_argument("--from", dest="least", type=int, default=30, help="show pairs from this percentage on (30)")
    upload = commands.add_parser("autograder", help="make the zip that Gradescope takes")
    upload.add_argument("out", type=pathlib.Path)
    upload.add_argument("--secret", type=pathlib.Path, help="a file outside of the repository; each student gets a seed that is made from it")
    give = commands.add_parser("handout", help="make what students of a closed course get, without solutions")
    give.add_argument("out", type=pathlib.Path, help="a folder that is new or empty")
    give.add_argument("--labs", default="", help="which labs, as 1,2,5 (all)")
    give.add_argument("--engine", choices=["objects", "source"], default="objects", help="the rest of the engine: compiled (default), or as source")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    arguments = parse(words)
    try:
        if arguments.command == "histogram":
            print(histogram(read_table(arguments.table)), end="")
            return 0
        if arguments.command == "compare":
            print(compare(read_table(arguments.old), read_table(arguments.new)), end="")
            return 0
        if arguments.command == "seeds":
            secret = read_secret(arguments.secret, arguments.root.resolve())
            for student in read_roster(arguments.roster):
                print(f"{student},{seed_of(student, secret)}")
            return 0
        if arguments.command == "autograder":
            print(autograder(arguments), end="")
            return 0
        if arguments.command == "handout":
            print(handout(arguments), end="")
            return 0
        if arguments.command == "similar":
            print(similar(arguments), end="")
            return 0
        return grade_all(arguments)
    except (Stop, Unusable, BadTable, OSError) as error:
        print(f"{arguments.command}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
