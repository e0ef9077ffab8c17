use plywood::{Dataset, Flat, Model, Scalar, Trainer, network};

network! { Net: Flat<1> => Flat<1> { dense(8), tanh, dense(1) } }

struct Line;

impl Dataset for Line {
    type Example = Flat<1>;
    type Target = [f32; 1];

    fn len(&self) -> usize {
        10
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 1] {
        x[0] = T::of(index as f64);
        [2.0 * index as f32]
    }
}

fn main() {
    let _ = Trainer::new().run(&mut Model::<Net>::new(1), &Line).validate(&Line).fit();
}
