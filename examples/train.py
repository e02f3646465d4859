"""A training script of one's own, which takes part in a study through `lehr.trial`.

Alone it trains with its defaults: `python examples/train.py`.
`lehr choose -- python examples/train.py` lets lehr say what each run trains with.
"""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lehr


def batches(data):
    while True:
        yield from DataLoader(data, batch_size=50, shuffle=True)


def main():
    torch.set_num_threads(1)  # a network this small is fastest on one

    trial = lehr.trial(
        schedule="warmup('5%') >> cosine()", peak_lr=1e-3, steps=600, objective="val_loss"
    )

    images, classes = load_digits(return_X_y=True)
    inputs, labels = torch.tensor(images, dtype=torch.float32) / 16, torch.tensor(classes)
    train = TensorDataset(inputs[:1_000], labels[:1_000])
    validation, truth = inputs[1_000:], labels[1_000:]

    torch.manual_seed(trial.seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=trial.peak_lr)
    scheduler = trial.scheduler(optimizer)

    stream = batches(train)
    for step in range(1, trial.steps + 1):
        batch, target = next(stream)
        loss = F.cross_entropy(model(batch), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        trial.report(step, loss=loss.item())

        if step % 30 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(validation)
            model.train()
            val_loss = F.cross_entropy(logits, truth).item()
            accuracy = (logits.argmax(1) == truth).float().mean().item()
            trial.report(step, val_loss=val_loss, accuracy=accuracy)
            print(f"step {step}: validation loss {val_loss:.4f}, accuracy {accuracy:.3f}")
        if trial.should_stop:
            break


if __name__ == "__main__":
    main()
