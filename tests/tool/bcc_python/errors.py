"""What a script is told that fails to compile, to load or to run: the line of the script itself."""
import os
import subprocess
import sys
import tempfile
import unittest

from bcc import BPF
from workload import BUILD, COUNTER, attached_to_abs, call_abs, main, output_of, run_once


def line_of(text):
    """Where in this file the line with `text` is; its first, which is not that of the call."""
    with open(__file__) as script:
        return next(number for number, line in enumerate(script, 1) if text in line)


class Lines(unittest.TestCase):
    def refused(self, text, function=None, pattern="Failed to compile"):
        with output_of(2) as said, self.assertRaisesRegex(Exception, pattern):
            with BPF(text=text) as b:
                b.load_func(function, BPF.KPROBE)
        return said[0]

    def test_an_error_of_the_compiler(self):
        said = self.refused("""
int broken(void *ctx) {
    u64 number = 1;
    return number + undeclared_1;
}
""")
        line = line_of("return number + undeclared_1")
        self.assertIn(f"{__file__}:{line}:21: use of undeclared identifier 'undeclared_1'", said)
        self.assertRegex(said, rf"\n +{line} \|     return number \+ undeclared_1;\n")

    def test_where_a_script_puts_something_in(self):
        text = """
HEADERS
BPF_HASH(counts, u32);
int broken(void *ctx) {
    FILTER
    return undeclared_2;
}
""".replace("HEADERS", "#include <linux/sched.h>\n#include <linux/fs.h>\n#define MORE 1").replace(
            "FILTER", "u32 pid = 1;\n    u32 tid = 2;")
        self.assertIn(f"{__file__}:{line_of('return undeclared_2')}:12: ", self.refused(text))
        said = self.refused(text.replace("undeclared_2", "0").replace("tid = 2", "tid = undeclared_3"))
        self.assertIn(f"{__file__}:{line_of('    FILTER')}:", said)

    def test_a_text_that_begins_at_its_quotes(self):
        said = self.refused("""int broken(void *ctx) { return undeclared_4; }""")
        self.assertIn(f"{__file__}:{line_of('return undeclared_4')}:", said)

    def test_a_text_on_one_line_of_several(self):
        said = self.refused("int first(void *ctx) {\n" + "  return undeclared_5;\n" + "}\n")
        self.assertIn("use of undeclared identifier 'undeclared_5'", said)

    def test_a_rejection_of_the_verifier(self):
        said = self.refused("""
BPF_HASH(counts, u32);
int unsafe(void *ctx) {
    u32 key = 1;
    u64 *count = counts.lookup(&key);
    *count += 6;
    return 0;
}
""", b"unsafe", "Failed to load BPF program")
        line = line_of("*count += 6")
        self.assertIn(f"verify: {__file__}:{line}: ", said)
        self.assertRegex(said, rf"\n +{line} \|     \*count \+= 6;\n")
        self.assertIn("the lookup may have found nothing", said)

    def test_lines_of_a_file_that_the_script_names(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "probe.c"), "w") as source:
                source.write("int in_a_file(void *ctx) {\n    return undeclared_%s;\n}\n" % "8")
            script = os.path.join(folder, "script.py")
            with open(script, "w") as file:
                file.write("from bcc import BPF\nBPF(src_file='probe.c')\n")
            end = subprocess.run([os.path.join(BUILD, "bin", "sonda"), "bcc", "--python", script],
                                 stderr=subprocess.PIPE, text=True)
            self.assertIn(f"{folder}/probe.c:2:12: use of undeclared identifier 'undeclared_8'", end.stderr)

    def test_lines_of_a_file_that_nobody_names(self):
        """BCC's Python hands over its text, not its name."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "probe.c")
            with open(path, "w") as source:
                source.write("int in_a_file(void *ctx) {\n    return undeclared_%s;\n}\n" % "7")
            with output_of(2) as said, self.assertRaisesRegex(Exception, "Failed to compile BPF module"):
                BPF(src_file=path)
            self.assertIn("BPF text:2:12: use of undeclared identifier", said[0])


class OtherProcesses(unittest.TestCase):
    def test_a_script_of_python_minus_c(self):
        """Nothing is known of where its text stands."""
        end = self.run_python("BPF(text='int f() { return undeclared; }')")
        self.assertIn("BPF text:1:18: use of undeclared identifier", end.stderr)
        self.assertEqual(end.returncode, 1)

    def test_no_privileges(self):
        end = self.run_python("b = BPF(text='int f(void *ctx) { return 0; }')\nb.load_func('f', BPF.KPROBE)", user=65534)
        self.assertIn("CAP_BPF and CAP_PERFMON are missing", end.stderr)
        self.assertTrue(end.stderr.rstrip().endswith("Need super-user privileges to run"), end.stderr)

    def test_scripts_that_a_shell_starts(self):
        """By what `sonda bcc --env` says."""
        end = subprocess.run(["sh", "-c", 'unset LD_LIBRARY_PATH; eval "$("$1" bcc --env)"; exec "$2" -c "$3"', "sh",
                              os.path.join(BUILD, "bin", "sonda"), sys.executable,
                              "from bcc import BPF\nprint(open('/proc/self/maps').read())"],
                             stdout=subprocess.PIPE, text=True)
        used = {line.split()[-1] for line in end.stdout.splitlines() if "/libbcc.so" in line}
        self.assertEqual(len(used), 1)
        self.assertTrue(os.path.samefile(used.pop(), os.path.join(BUILD, "lib", "sonda", "bcc", "libbcc.so.0")))

    def run_python(self, text, user=None):
        return subprocess.run([sys.executable, "-c", "from bcc import BPF\n" + text], stderr=subprocess.PIPE, text=True,
                              user=user, extra_groups=[] if user else None)


class Losses(unittest.TestCase):
    def test_a_table_that_was_full(self):
        with output_of(2) as said, BPF(text="""
#include <uapi/linux/ptrace.h>
BPF_HASH(counts, u64, u64, 3);
int on_call(struct pt_regs *ctx) {
    u64 key = PT_REGS_PARM1(ctx), one = 1;
    counts.update(&key, &one);  // of full_table
    return 0;
}
""") as b, attached_to_abs(b, b"on_call"):
            call_abs(*range(8))
            self.assertEqual(len(b["counts"]), 3)
        self.assertIn(f"refused: 5 updates of counts at {__file__}:{line_of('// of full_table')}: full at 3 entries", said[0])

    def test_nothing_is_said_of_nothing(self):
        with output_of(2) as said:
            with BPF(text=COUNTER) as b:
                run_once(b, b"on_call")
        self.assertEqual(said[0], "")


if __name__ == "__main__":
    main()
