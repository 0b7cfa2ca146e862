"""What a person reads."""

from __future__ import annotations

import unittest

import report


class Mail(unittest.TestCase):
    def test_mails_of_all_accounts_come_oldest_first(self) -> None:
        held = {
            "1": [{"Timestamp": 3, "n": "c"}, {"Timestamp": 1, "n": "a"}],
            "2": [{"Timestamp": 2, "n": "b"}],
        }
        self.assertEqual([each["n"] for each in report.in_order(held)], ["a", "b", "c"])

    def test_a_mail_shows_receiver_subject_and_text(self) -> None:
        text = report.as_text(
            {
                "Timestamp": 0,
                "To": ["ada@example.com"],
                "Subject": "Your order",
                "BodyText": "Hello\nAda\n",
                "BodyHtml": "",
            }
        )
        self.assertIn("to ada@example.com: Your order\n    Hello\n    Ada\n", text)


class Commands(unittest.TestCase):
    def test_there_are_six_and_they_name_the_address(self) -> None:
        commands = report.to_try("http://127.0.0.1:9999")
        self.assertEqual(len(commands), 6)
        self.assertTrue(
            all("http://127.0.0.1:9999/api/" in each for each in commands[:4]), commands
        )


if __name__ == "__main__":
    unittest.main()
