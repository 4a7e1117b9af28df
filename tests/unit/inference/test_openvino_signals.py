import subprocess
import sys

# A core that one thread begins and another drops, then an interrupt.
PROGRAM = """
import os, pathlib, signal, sys, threading
import openvino
from openvino import opset13
from inference.openvino_request import compiled

numbers = opset13.parameter([1, 4], dtype=openvino.Type.f32)
path = pathlib.Path(sys.argv[1])
openvino.save_model(openvino.Model([opset13.relu(numbers)], [numbers]), path)
held = [compiled(path)]
last = threading.Thread(target=held.clear)
last.start()
last.join()
signal.signal(signal.SIGINT, lambda *_: print("heard"))
os.kill(os.getpid(), signal.SIGINT)
"""


def test_an_interrupt_is_heard_after_another_thread_dropped_the_model(tmp_path):
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path / "model.xml")],
                         capture_output=True, text=True, check=False, timeout=120)  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "heard\n"), run.stderr
