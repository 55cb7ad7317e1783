# PyTorch, as a user would run it with the data in memory.
#
#   pytorch.py train MODEL THREADS BATCH EPOCHS SEED [WEIGHTS.pt]   seconds of each epoch, accuracy behind it
#   pytorch.py infer MODEL THREADS BATCH CALLS WINDOWS VARIANT WEIGHTS.pt
#       VARIANT: eager, script, channels-last, int8-dynamic, int8-static
#
# SPDX-License-Identifier: MIT
import sys
import time
import warnings

warnings.filterwarnings("ignore")
_begin = time.perf_counter()
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402

IMPORT_S = time.perf_counter() - _begin
import numpy as np  # noqa: E402
import common  # noqa: E402


def lenet300():
    return nn.Sequential(nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))


def lenet5():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                         nn.Linear(84, 10))


def cnn():
    return nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1),
                         nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10))


MODELS = {"lenet300": lenet300, "lenet5": lenet5, "cnn": cnn}


def shape(model):
    return (-1, 784) if model == "lenet300" else (-1, 1, 28, 28)


def tensors(model, pixels, labels):
    x = torch.from_numpy(pixels.astype(np.float32) / 255).reshape(shape(model))
    return x, torch.from_numpy(labels.astype(np.int64))


def accuracy(run, x, y, batch):
    with torch.no_grad():
        return float((torch.cat([run(part) for part in x.split(batch)]).argmax(1) == y).float().mean())


def train(model, threads, batch, epochs, seed, path=None):
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    begin = time.perf_counter()
    train_pixels, train_labels, test_pixels, test_labels = common.load()
    x, y = tensors(model, train_pixels, train_labels)
    test_x, test_y = tensors(model, test_pixels, test_labels)
    load_s = time.perf_counter() - begin
    net = MODELS[model]()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def epoch():
        order = torch.randperm(len(x))
        for i in range(0, len(x), batch):
            at = order[i:i + batch]
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(net(x[at]), y[at]).backward()
            optimizer.step()

    windows, reached = common.Windows(threads), []
    for _ in range(epochs):
        windows.run(epoch)
        reached.append(accuracy(net, test_x, test_y, 1000))
    if path:
        torch.save(net.state_dict(), path)
    common.put(windows, version=torch.__version__, accuracy=reached, import_s=IMPORT_S, load_s=load_s)


def variant(net, name, model, train_pixels):
    """The network in the named form, as a function."""
    if name == "eager":
        return net
    if name == "script":
        return torch.jit.freeze(torch.jit.script(net))
    if name == "channels-last":
        net = net.to(memory_format=torch.channels_last)
        return lambda x: net(x.contiguous(memory_format=torch.channels_last))
    engine = "onednn" if "onednn" in torch.backends.quantized.supported_engines else "qnnpack"
    torch.backends.quantized.engine = engine
    if name == "int8-dynamic":
        return torch.ao.quantization.quantize_dynamic(net, {nn.Linear}, torch.qint8)
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
    sample = torch.from_numpy(train_pixels[:2000].astype(np.float32) / 255).reshape(shape(model))
    prepared = prepare_fx(net, get_default_qconfig_mapping(engine), (sample[:1],))
    for part in sample.split(256):
        prepared(part)
    return torch.jit.freeze(torch.jit.script(convert_fx(prepared)))


def infer(model, threads, batch, calls, count, name, path):
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    train_pixels, _, test_pixels, test_labels = common.load()
    x, y = tensors(model, test_pixels, test_labels)
    net = MODELS[model]()
    net.load_state_dict(torch.load(path))
    run = variant(net.eval(), name, model, train_pixels)
    reached = accuracy(run, x, y, 250)
    inputs = [x[i * batch:(i + 1) * batch].contiguous() for i in range(max(1, common.ROTATED // batch))]
    windows = common.Windows(threads)
    common.latencies(windows, run, inputs, calls, count)
    common.put(windows, version=torch.__version__, accuracy=[reached])


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "train":
        train(rest[0], *(int(word) for word in rest[1:5]), *rest[5:6])
    else:
        infer(rest[0], *(int(word) for word in rest[1:5]), *rest[5:7])
