# ONNX files of a network that pytorch.py trained: f32, and int8 the three ways that ONNX Runtime has.
#
#   onnx_export.py MODEL WEIGHTS.pt FOLDER     writes MODEL-f32.onnx, MODEL-int8-dynamic.onnx, MODEL-int8-qdq.onnx,
#                                              MODEL-int8-qdq-channel.onnx, test.f32, test.u8
#
# The int8 graphs are written node by node, as ONNX Runtime's own quantizer lays them out: weights symmetric in 8 bits,
# per tensor or per output channel; activations of the qdq files calibrated on 2,000 training images, those of the
# dynamic ones measured at each call. SPDX-License-Identifier: MIT
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

import common  # noqa: E402
import pytorch  # noqa: E402

OPSET = 13


def quantized(weights, per_channel):
    """Symmetric int8 of weights whose outputs come first, and the scale or scales."""
    most = np.abs(weights).reshape(len(weights), -1).max(1) if per_channel else np.abs(weights).max()
    scale = (np.maximum(most, 1e-8) / 127).astype(np.float32)
    wide = scale.reshape([-1] + [1] * (weights.ndim - 1)) if per_channel else scale
    return np.clip(np.round(weights / wide), -127, 127).astype(np.int8), scale


class Graph:
    """Nodes and constants in order; `at` names the tensor that the next layer reads."""

    def __init__(self):
        self.nodes, self.constants, self.at = [], [], "x"

    def const(self, value, name):
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        self.at = output

    def pass_through(self, layer, i):
        """Layers without weights are the same in every graph."""
        if isinstance(layer, nn.ReLU):
            self.add("Relu", [self.at], f"relu{i}")
        elif isinstance(layer, nn.MaxPool2d):
            self.add("MaxPool", [self.at], f"pool{i}", kernel_shape=[2, 2], strides=[2, 2])
        else:
            self.add("Flatten", [self.at], f"flat{i}")

    def save(self, model, path):
        size = list(pytorch.shape(model)[1:])
        graph = helper.make_graph(self.nodes, model,
                                  [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"] + size)],
                                  [helper.make_tensor_value_info(self.at, TensorProto.FLOAT, ["n", 10])],
                                  self.constants)
        file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        file.ir_version = 7
        onnx.checker.check_model(file)
        onnx.save(file, path)


def conv_attributes(layer):
    return {"kernel_shape": list(layer.kernel_size), "pads": [layer.padding[0]] * 4}


def dynamic(net):
    """Fully connected layers as MatMulInteger on activations quantized at each call; convolutions in f32."""
    g = Graph()
    for i, layer in enumerate(net):
        if isinstance(layer, nn.Linear):
            q, scale = quantized(layer.weight.detach().numpy(), False)
            g.const(np.ascontiguousarray(q.T), f"w{i}")
            g.const(np.float32(scale), f"ws{i}")
            g.const(np.int8(0), f"wz{i}")
            g.const(layer.bias.detach().numpy(), f"b{i}")
            g.nodes.append(helper.make_node("DynamicQuantizeLinear", [g.at], [f"q{i}", f"s{i}", f"z{i}"]))
            g.add("MatMulInteger", [f"q{i}", f"w{i}", f"z{i}", f"wz{i}"], f"acc{i}")
            g.add("Cast", [f"acc{i}"], f"cast{i}", to=TensorProto.FLOAT)
            g.add("Mul", [f"s{i}", f"ws{i}"], f"scale{i}")
            g.add("Mul", [f"cast{i}", f"scale{i}"], f"mul{i}")
            g.add("Add", [f"mul{i}", f"b{i}"], f"out{i}")
        elif isinstance(layer, nn.Conv2d):
            g.const(layer.weight.detach().numpy(), f"w{i}")
            g.const(layer.bias.detach().numpy(), f"b{i}")
            g.add("Conv", [g.at, f"w{i}", f"b{i}"], f"out{i}", **conv_attributes(layer))
        else:
            g.pass_through(layer, i)
    return g


def qdq_pair(g, name, low, high):
    """Quantizes and restores `at`; returns the scale."""
    scale = np.float32((high - low) / 255)
    g.const(scale, f"{name}s")
    g.const(np.uint8(round(-low / scale)), f"{name}z")
    g.add("QuantizeLinear", [g.at, f"{name}s", f"{name}z"], f"{name}q")
    g.add("DequantizeLinear", [f"{name}q", f"{name}s", f"{name}z"], f"{name}d")
    return scale


def static(net, ranges, per_channel):
    """Every layer between quantize and dequantize nodes; a ReLU shares the pair of the layer before it."""
    g = Graph()
    scale = qdq_pair(g, "in", 0.0, 1.0)
    layers, i, axis = list(net), 0, {"axis": 0} if per_channel else {}
    while i < len(layers):
        layer = layers[i]
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            q, ws = quantized(layer.weight.detach().numpy(), per_channel)
            bs = (ws * scale).astype(np.float32)
            g.const(q, f"w{i}")
            g.const(ws, f"ws{i}")
            g.const(np.zeros_like(ws, np.int8), f"wz{i}")
            g.const(np.round(layer.bias.detach().numpy() / bs).astype(np.int32), f"b{i}")
            g.const(bs, f"bs{i}")
            g.const(np.zeros_like(ws, np.int32), f"bz{i}")
            at = g.at
            g.add("DequantizeLinear", [f"w{i}", f"ws{i}", f"wz{i}"], f"dw{i}", **axis)
            g.add("DequantizeLinear", [f"b{i}", f"bs{i}", f"bz{i}"], f"db{i}", **axis)
            if isinstance(layer, nn.Linear):
                g.add("Gemm", [at, f"dw{i}", f"db{i}"], f"out{i}", transB=1)
            else:
                g.add("Conv", [at, f"dw{i}", f"db{i}"], f"out{i}", **conv_attributes(layer))
            if i + 1 < len(layers) and isinstance(layers[i + 1], nn.ReLU):
                i += 1
                g.pass_through(layers[i], i)
        else:
            g.pass_through(layer, i)
        scale = qdq_pair(g, f"a{i}", *ranges[i])
        i += 1
    return g


def layer_ranges(net, x):
    """Least and most of each layer's output, 0 included."""
    ranges = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            ranges.append((min(0.0, float(x.min())), max(0.0, float(x.max()))))
    return ranges


def main(model, weights, folder):
    train_pixels, _, test_pixels, test_labels = common.load()
    net = pytorch.MODELS[model]()
    net.load_state_dict(torch.load(weights))
    net.eval()
    (test_pixels.astype(np.float32) / 255).tofile(os.path.join(folder, "test.f32"))
    test_labels.tofile(os.path.join(folder, "test.u8"))
    sample = torch.from_numpy(train_pixels[:2000].astype(np.float32) / 255).reshape(pytorch.shape(model))
    path = os.path.join(folder, model)
    torch.onnx.export(net, sample[:1], f"{path}-f32.onnx", input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, opset_version=OPSET)
    ranges = layer_ranges(net, sample)
    dynamic(net).save(model, f"{path}-int8-dynamic.onnx")
    static(net, ranges, False).save(model, f"{path}-int8-qdq.onnx")
    static(net, ranges, True).save(model, f"{path}-int8-qdq-channel.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:4])
