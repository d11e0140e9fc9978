#!/usr/bin/env python3
"""What each macro becomes, and what is said about each that is wrong."""

import unittest

from made_up import SOURCE, Repository

FIGURE = '{{ figure id="rain" steps="put rain 12mm" controls="put crash" caption="Type `get rain`." }}'
PREDICT = '{{ predict id="first" steps="put rain 12mm" ask="What is `rain`?" answer="get rain" choices="12mm | not found" then="It was put." }}'


class Macros(Repository):
    def test_a_figure_has_an_element_a_picture_and_words(self) -> None:
        html = self.page(FIGURE)
        self.assertIn('<sediment-figure steps="put rain 12mm" id="rain" controls="put crash"', html)
        self.assertIn('src="../figures/rain.png"', html)
        self.assertIn("Type <code>get rain</code>.", html)
        self.assertIn('The record "rain" &lt;is&gt; in the cache.', html)

    def test_a_caption_has_code_and_names(self) -> None:
        html = self.page(FIGURE.replace("Type `get rain`.", "See `a` < *Step*."))
        self.assertIn("<figcaption>See <code>a</code> &lt; <em>Step</em>.</figcaption>", html)
        self.assertIn('alt="See a &lt; Step. Last', html)

    def test_the_transcript_ends_the_description_of_the_picture(self) -> None:
        self.assertIn("Last: The record &quot;rain&quot; &lt;is&gt; in the cache.", self.page(FIGURE))

    def test_a_question_has_its_answer_for_pages_without_a_program(self) -> None:
        html = self.page(PREDICT)
        self.assertIn('<sediment-predict steps="put rain 12mm" answer="get rain" id="first"', html)
        self.assertIn("<summary>The answer</summary><p>12mm. It was put.</p>", html)
        self.assertIn("<li>not found</li>", html)

    def test_a_measurement(self) -> None:
        self.assertIn("<sediment-measure><p>A <code>get</code>.</p>", self.page('{{ measure caption="A `get`." }}'))

    def test_code_has_its_place_and_a_link_to_the_line(self) -> None:
        text = self.page("{{ code engine/record.h judge }}")
        line = SOURCE[: SOURCE.index("bool judge")].count("\n") + 1
        self.assertIn(f'title="engine/record.h, line {line}"', text)
        self.assertIn("bool judge(const std::string& text,", text)
        self.assertIn(f"source/engine-record-h.md#__codelineno-0-{line}", text)

    def test_a_number_is_taken_from_a_run(self) -> None:
        self.assertEqual(self.page("It has {{ number c01_size }} bytes."), "It has 12,345 bytes.")

    def test_links(self) -> None:
        self.assertEqual(self.page("{{ term active segment }}"), "[active segment](../reference/glossary.md#active-segment)")
        self.assertEqual(self.page("{{ term Active segments }}"), "[Active segments](../reference/glossary.md#active-segment)")
        self.assertEqual(self.page("{{ term durable_upto }}"), "[durable_upto](../reference/glossary.md#durable-upto)")
        self.assertEqual(self.page("{{ lab 1 }}"), "[Lab 1: records](../labs/01_records.md)")
        self.assertEqual(self.page("{{ chapter 1 }}"), "[Records](../book/01-records.md)")
        self.assertEqual(self.page("{{ source engine/record.h }}"), "[`engine/record.h`](../source/engine-record-h.md)")

    def test_double_braces_in_code_stay(self) -> None:
        for text in ("`{{ nonsense }}`", "```\n{{ code none }}\n```", "`std::map{{1, 2}}`"):
            with self.subTest(text):
                self.assertEqual(self.page(text), text)

    def test_wrong_macros_name_the_line_and_what_to_do(self) -> None:
        cases = {
            "{{ fogure }}": "there are figure, predict",
            "{{ figure": "not understood",
            '{{ figure id="a" caption="never closed }}': "not understood",
            '{{ figure id="A b" caption="x" }}': "small letters",
            '{{ figure caption="x" }}': "needs an id",
            '{{ figure id="a" }}': 'it needs "caption"',
            '{{ figure id="a" id="b" caption="x" }}': "id is given twice",
            '{{ figure id="a" caption="x" colour="red" }}': 'it has no "colour"; it has show',
            '{{ figure id="a" caption="x" controls="put jump" }}': 'no control "jump"; there are put',
            '{{ figure id="a" caption="x" height="tall" }}': "from 100 to 999",
            '{{ figure id="a" caption="x" show="no-such-show" }}': "there are torn-tail, merge",
            '{{ figure stage id="a" caption="x" }}': 'write name="value"',
            PREDICT.replace("12mm | not found", "12mm"): "two to five",
            PREDICT.replace("12mm | not found", "1 | 2 | 3 | 4 | 5 | 12mm"): "two to five",
            PREDICT.replace("12mm | not found", "12mm | 12mm"): "two to five different",
            PREDICT.replace("12mm | not found", "3mm | not found"): 'answers "12mm", which is none of the choices',
            PREDICT.replace('ask="What is `rain`?" ', ""): 'it needs "ask"',
            PREDICT.replace("steps=", 'hero="Index" steps='): 'it has no "hero"',
            '{{ measure }}': 'it needs "caption"',
            "{{ code engine/record.h }}": "write {{ code FILE NAME }}",
            '{{ code engine/record.h judge til="x" }}': "write {{ code FILE NAME }}",
            "{{ code engine/record.h gone }}": "engine/record.h: gone: ",
            "{{ code engine/gone.h judge }}": "there is no file engine/gone.h",
            "{{ number c01_sise }}": "did you mean c01_size?",
            "{{ number }}": "write {{ number KEY }}",
            "{{ term active segmant }}": "did you mean active segment?",
            "{{ lab 7 }}": "there is no lab 7; there are 1 to 1",
            "{{ lab one }}": "there is no lab one",
            "{{ chapter 2 }}": "there is no chapter 2",
            "{{ source engine/gone.h }}": "there is no file engine/gone.h",
        }
        for macro, told in cases.items():
            with self.subTest(macro):
                said = self.refused(f"# Title\n\nFirst `code`.\n\n{macro}\n")
                self.assertIn("docs/book/01-records.md:5: ", said)
                self.assertIn(told, said)

    def test_an_id_is_used_once(self) -> None:
        self.assertIn(':2: predict: the id "rain" is taken', self.refused(f"{FIGURE}\n{PREDICT.replace('first', 'rain')}"))

    def test_all_faults_of_a_page_are_told_at_once(self) -> None:
        said = self.refused("{{ lab 7 }}\n{{ chapter 9 }}\n{{ oops\n")
        self.assertEqual([line.split(": ")[0] for line in said.splitlines()], [f"docs/book/01-records.md:{line}" for line in (1, 2, 3)])

    def test_wrong_numbers(self) -> None:
        right = {"run": "echo 5 bytes", "take": "([0-9]+) bytes", "what": "a size"}
        cases = (
            ({**right, "run": "exit 3"}, "exit code 3"),
            ({**right, "run": "no-such-program"}, "no-such-program"),
            ({**right, "take": "([0-9]+) grams"}, "nothing in its output matches"),
            ({**right, "take": "[0-9]+ bytes"}, "has no group"),
            ({**right, "take": "([0-9]+ bytes"}, "no regular expression"),
            ({**right, "format": "{:q}"}, "does not fit 5"),
            ({**right, "formt": "{:,}"}, 'needs "run", "take" and "what"'),
            ({"run": "echo 5"}, 'needs "run", "take" and "what"'),
        )
        for number, told in cases:
            with self.subTest(told):
                said = self.refused("\n{{ number n }}", numbers={"n": number})
                self.assertIn("docs/book/01-records.md:2: number: ", said)
                self.assertIn(told, said)

    def test_numbers_as_programs_print_them(self) -> None:
        for printed, form, shown in (("1'000'000", "{:,}", "1,000,000"), ("1,5", "{}", "15"), ("2.50", "{:.1f}", "2.5"), ("abc", "{}", "abc")):
            with self.subTest(printed):
                number = {"run": f'echo "{printed}"', "take": "(.+)", "format": form, "what": "x"}
                self.assertEqual(self.page("{{ number n }}", numbers={"n": number}), shown)

    def test_runs_know_the_sources_and_have_a_folder_of_their_own(self) -> None:
        number = {"run": "touch a; ls | wc -l; grep -c kHeaderSize $SOURCE/engine/record.h", "take": "^(1)\n2$", "what": "x"}
        self.assertEqual(self.page("{{ number n }}", numbers={"n": number}), "1")

    def test_what_was_made_once_is_kept_until_a_program_changes(self) -> None:
        self.page(FIGURE + "\n" + PREDICT)
        self.assertEqual(len(self.calls()), 2)
        self.page(FIGURE + "\n" + PREDICT)
        self.assertEqual(len(self.calls()), 2)
        self.page(FIGURE.replace("12mm", "3mm"))
        self.assertEqual(len(self.calls()), 3)
        viz = self.programs_folder / "sediment-viz"
        viz.write_text(viz.read_text(encoding="utf-8") + "# newer\n", encoding="utf-8")
        self.page(FIGURE)
        self.assertEqual(len(self.calls()), 4)

    def test_a_failure_is_not_kept(self) -> None:
        number = {"run": f"test -e {self.root}/ready && echo 7", "take": "(7)", "what": "x"}
        self.refused("{{ number n }}", numbers={"n": number})
        self.write("ready", "")
        self.assertEqual(self.page("{{ number n }}", numbers={"n": number}), "7")


if __name__ == "__main__":
    unittest.main()
